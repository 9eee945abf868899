// Anthropic's client for Node.

import { createRequire } from "node:module";
import { ANSWER_SCHEMA, assert, AT_ONCE, HELLO, KEY, MODEL, run, URL, WHERE } from "./checking.mjs";

const { Anthropic } = createRequire(`${process.cwd()}/`)("@anthropic-ai/sdk");
const client = new Anthropic({ baseURL: URL, apiKey: KEY, maxRetries: 0 });
const asked = { model: MODEL, max_tokens: 500, messages: [{ role: "user", content: HELLO }] };
const tools = [{ name: "weather", input_schema: WHERE }];

await run({
  async chat() {
    const message = await client.messages.create(asked);
    assert(message.content[0].text.includes(HELLO), "it says hello");
  },
  async stream() {
    const message = await client.messages.stream(asked).finalMessage();
    assert(message.stop_reason === "end_turn" && message.content[0].text.includes(HELLO), "it says hello");
  },
  async tools() {
    const first = await client.messages.stream({ ...asked, tools, tool_choice: { type: "any" } }).finalMessage();
    const call = first.content.at(-1);
    assert("city" in call.input, "it names a city");
    const result = { type: "tool_result", tool_use_id: call.id, content: "Sunny." };
    const messages = [
      ...asked.messages,
      { role: "assistant", content: first.content },
      { role: "user", content: [result] },
    ];
    const again = await client.messages.create({ ...asked, messages, tools, tool_choice: { type: "none" } });
    assert(again.stop_reason === "end_turn", "it ends");
  },
  async schema() {
    const output_config = { format: { type: "json_schema", schema: ANSWER_SCHEMA } };
    const message = await client.messages.create({ ...asked, output_config });
    assert("count" in JSON.parse(message.content[0].text), "it has a count");
  },
  async count() {
    const counted = await client.messages.countTokens({ model: MODEL, messages: asked.messages });
    assert(counted.input_tokens > 0, "it counts");
  },
  async errors() {
    const failed = await client.messages.create({ ...asked, model: "no-such-model" }).catch((error) => error);
    assert(failed.status === 404 && failed.error.error.code === "model_not_found", "it is not found");
  },
  async concurrency() {
    const many = Array.from({ length: AT_ONCE }, () => client.messages.create(asked));
    assert(new Set((await Promise.all(many)).map((message) => message.id)).size === AT_ONCE, "all differ");
  },
});
