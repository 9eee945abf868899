// OpenAI's client for Node: chat, legacy completions, Responses, embeddings and models.

import { createRequire } from "node:module";
import { ANSWER_SCHEMA, API_URL, assert, AT_ONCE, HELLO, KEY, MODEL, run, WHERE } from "./checking.mjs";

const { OpenAI } = createRequire(`${process.cwd()}/`)("openai");
const client = new OpenAI({ baseURL: API_URL, apiKey: KEY, maxRetries: 0 });
const asked = { model: MODEL, messages: [{ role: "user", content: HELLO }] };
const tool = { type: "function", function: { name: "weather", parameters: WHERE } };

await run({
  async chat() {
    const answer = await client.chat.completions.create(asked);
    assert(answer.choices[0].message.content.includes(HELLO), "it says hello");
  },
  async stream() {
    let said = "";
    for await (const chunk of await client.chat.completions.create({ ...asked, stream: true })) {
      said += chunk.choices[0]?.delta?.content ?? "";
    }
    assert(said.includes(HELLO), "it says hello");
  },
  async tools() {
    const answer = await client.chat.completions.create({ ...asked, tools: [tool], tool_choice: "required" });
    const first = answer.choices[0].message;
    const result = { role: "tool", tool_call_id: first.tool_calls[0].id, content: "Sunny." };
    const messages = [...asked.messages, first, result];
    const again = await client.chat.completions.create({ ...asked, messages, tools: [tool], tool_choice: "none" });
    assert(again.choices[0].finish_reason === "stop", "it ends");
  },
  async schema() {
    const json_schema = { name: "a", strict: true, schema: ANSWER_SCHEMA };
    const response_format = { type: "json_schema", json_schema };
    const answer = await client.chat.completions.create({ ...asked, response_format });
    assert("count" in JSON.parse(answer.choices[0].message.content), "it has a count");
  },
  async responses() {
    const response = await client.responses.create({ model: MODEL, input: HELLO });
    assert(response.output_text.includes(HELLO), "it says hello");
  },
  async responses_stream() {
    const response = await client.responses.stream({ model: MODEL, input: HELLO }).finalResponse();
    assert(response.status === "completed" && response.output_text.includes(HELLO), "it says hello");
  },
  async completions() {
    const answer = await client.completions.create({ model: MODEL, prompt: HELLO, max_tokens: 40 });
    assert(answer.choices[0].text.includes(HELLO), "it says hello");
  },
  async embeddings() {
    const found = await client.embeddings.create({ model: MODEL, input: [HELLO, "b"] });
    assert(found.data.length === 2 && typeof found.data[0].embedding[0] === "number", "both are vectors");
  },
  async models() {
    const found = [];
    for await (const model of client.models.list()) found.push(model.id);
    assert(found.includes(MODEL), "auto is there");
  },
  async errors() {
    const failed = await client.chat.completions.create({ ...asked, model: "no-such-model" }).catch((error) => error);
    assert(failed.status === 404 && failed.code === "model_not_found", "it is not found");
  },
  async concurrency() {
    const many = Array.from({ length: AT_ONCE }, () => client.chat.completions.create(asked));
    assert(new Set((await Promise.all(many)).map((answer) => answer.id)).size === AT_ONCE, "all differ");
  },
});
