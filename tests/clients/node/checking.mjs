// What every script of checks shares: where Signalbox is, what is asked, and how a check is told.

export const URL = process.env.SIGNALBOX_URL;
export const API_URL = `${URL}/v1`;
export const KEY = process.env.SIGNALBOX_KEY;
export const MODEL = "auto";
export const HELLO = "Say hello.";
export const WHERE = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
export const ANSWER_SCHEMA = {
  type: "object",
  properties: { name: { type: "string" }, count: { type: "integer" } },
  required: ["name", "count"],
  additionalProperties: false,
};
export const AT_ONCE = 16;

export function assert(holds, what) {
  if (!holds) throw new Error(`not so: ${what}`);
}

export async function run(checks) {
  for (const [check, ask] of Object.entries(checks)) {
    let problem = "";
    try {
      await ask();
    } catch (error) {
      problem = `${error?.name}: ${error?.message}`.replaceAll("\n", " ").slice(0, 400) || "failed";
    }
    console.log(JSON.stringify({ check, problem }).replace('{"check":', '{"check": '));
  }
}
