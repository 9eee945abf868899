// Vercel's ai, by chat, by Responses and by Anthropic's messages.

import { createRequire } from "node:module";
import { API_URL, assert, AT_ONCE, HELLO, KEY, MODEL, run } from "./checking.mjs";

const here = createRequire(`${process.cwd()}/`);
const { embedMany, generateText, streamText, tool, stepCountIs, Output } = here("ai");
const { createOpenAI } = here("@ai-sdk/openai");
const { createAnthropic } = here("@ai-sdk/anthropic");
const { z } = here("zod");
const openai = createOpenAI({ baseURL: API_URL, apiKey: KEY });
const anthropic = createAnthropic({ baseURL: API_URL, apiKey: KEY });
const models = [openai.chat(MODEL), openai.responses(MODEL), anthropic(MODEL)];
const asked = { prompt: HELLO, maxRetries: 0 };

await run({
  async chat() {
    for (const model of models) {
      assert((await generateText({ ...asked, model })).text.includes(HELLO), `${model.provider} says hello`);
    }
  },
  async stream() {
    for (const model of models) {
      assert((await streamText({ ...asked, model }).text).includes(HELLO), `${model.provider} says hello`);
    }
  },
  async tools() {
    const inputSchema = z.object({ city: z.string() });
    const execute = async ({ city }) => `Sunny in ${city}.`;
    const weather = tool({ description: "The weather in a city.", inputSchema, execute });
    for (const model of models) {
      const options = { ...asked, model, tools: { weather }, stopWhen: stepCountIs(3) };
      assert((await generateText(options)).text.includes("Sunny"), `${model.provider} tells the weather`);
    }
  },
  async schema() {
    const schema = z.object({ name: z.string(), count: z.number() });
    const answer = await generateText({ ...asked, model: models[0], output: Output.object({ schema }) });
    assert("count" in answer.output, "it has a count");
  },
  async embeddings() {
    const model = openai.textEmbeddingModel(MODEL);
    const { embeddings } = await embedMany({ model, values: [HELLO, "b"], maxRetries: 0 });
    assert(embeddings.length === 2 && typeof embeddings[0][0] === "number", "both are vectors");
  },
  async errors() {
    for (const model of [openai.responses("no-such-model"), anthropic("no-such-model")]) {
      const failed = await generateText({ ...asked, model }).catch((error) => error);
      assert(failed.statusCode === 404, `${model.provider} is told that there is none`);
    }
  },
  async concurrency() {
    const many = Array.from({ length: AT_ONCE }, () => generateText({ ...asked, model: models[1] }));
    assert((await Promise.all(many)).every((answer) => answer.text.includes(HELLO)), "all say hello");
  },
});
