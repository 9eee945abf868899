"""Endpoints that are known, each one row: where it is, its dialect, its quirks, and what else helps.

A new provider that speaks a known dialect is one row here, or none: what a row says can be entered by hand.
Capital words in an address are to be replaced. What any endpoint may do (where reasoning and usage stand,
errors under status 200) the dialect reads from all of them, so a row's note on it is for people.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Preset:
    name: str
    title: str
    base_url: str
    dialect: str = "openai"
    quirks: tuple[str, ...] = ()
    note: str = ""


_OWN_CAP = ("max_completion_tokens",)
_OLLAMA_LACKS = ("no_n", "no_logit_bias", "no_tool_choice", "no_parallel_tool_calls", "no_image_urls")
_DEEPSEEK_LACKS = ("no_json_schema", "no_n", "no_seed", "no_logit_bias", "no_parallel_tool_calls")

PRESETS = (
    Preset("openai", "OpenAI", "https://api.openai.com/v1"),
    Preset(
        "openai-responses",
        "OpenAI Responses",
        "https://api.openai.com/v1",
        "responses",
        note="the only way to some models, and to thoughts that go on after a tool",
    ),
    Preset(
        "azure",
        "Azure OpenAI",
        "https://RESOURCE.openai.azure.com/openai/v1",
        note="the upstream id is the name of the deployment; the first chunk holds filter results alone",
    ),
    Preset(
        "azure-dated",
        "Azure OpenAI, by API version",
        "https://RESOURCE.openai.azure.com/openai?api-version=2024-10-21",
        quirks=("deployment_path",),
        note="the upstream id is the name of the deployment",
    ),
    Preset(
        "azure-responses",
        "Azure OpenAI Responses",
        "https://RESOURCE.openai.azure.com/openai/v1",
        "responses",
        note="the upstream id is the name of the deployment",
    ),
    Preset("anthropic", "Anthropic", "https://api.anthropic.com/v1", "anthropic"),
    Preset("gemini", "Gemini", "https://generativelanguage.googleapis.com/v1beta", "gemini"),
    Preset(
        "vertex",
        "Vertex AI",
        "https://LOCATION-aiplatform.googleapis.com/v1/projects/PROJECT/locations/LOCATION/publishers/google",
        "vertex",
        note="the credential is the JSON key of a service account, or a token",
    ),
    Preset(
        "vertex-express",
        "Vertex AI, express mode",
        "https://aiplatform.googleapis.com/v1/publishers/google",
        "vertex",
        ("api_key",),
    ),
    Preset(
        "bedrock",
        "Amazon Bedrock",
        "https://bedrock-runtime.REGION.amazonaws.com",
        "bedrock",
        note="the credential is an API key of Bedrock; with the quirk `sigv4` an access key",
    ),
    Preset("mistral", "Mistral", "https://api.mistral.ai/v1", "mistral"),
    Preset("cohere", "Cohere", "https://api.cohere.com/v2", "cohere"),
    Preset("ollama", "Ollama", "http://HOST:11434", "ollama"),
    Preset(
        "groq",
        "Groq",
        "https://api.groq.com/openai/v1",
        quirks=(*_OWN_CAP, "no_n", "no_logprobs", "no_logit_bias", "no_names", "no_thoughts"),
        note="usage of a stream is in `x_groq`, reasoning in `reasoning`",
    ),
    Preset(
        "cerebras",
        "Cerebras",
        "https://api.cerebras.ai/v1",
        quirks=(*_OWN_CAP, "no_n", "no_logit_bias", "no_thoughts", "reasoning_back"),
        note="reasoning is in `reasoning`",
    ),
    Preset(
        "deepseek",
        "DeepSeek",
        "https://api.deepseek.com",
        quirks=_DEEPSEEK_LACKS,
        note="reasoning is in `reasoning_content`, cache hits in `prompt_cache_hit_tokens`",
    ),
    Preset(
        "deepseek-responses",
        "DeepSeek Responses",
        "https://api.deepseek.com",
        "responses",
        note="gives its thoughts in full",
    ),
    Preset(
        "openrouter",
        "OpenRouter",
        "https://openrouter.ai/api/v1",
        note="comments keep a stream alive; errors may come under status 200 and in the middle of a stream",
    ),
    Preset(
        "together",
        "Together",
        "https://api.together.xyz/v1",
        quirks=("no_logprobs",),
        note="cached tokens are at the top of usage; some models think in their text: quirk `think_tags`",
    ),
    Preset(
        "fireworks",
        "Fireworks",
        "https://api.fireworks.ai/inference/v1",
        note="reasoning is in `reasoning_content`",
    ),
    Preset(
        "huggingface",
        "Hugging Face router",
        "https://router.huggingface.co/v1",
        note="what a model can take is up to the provider behind it",
    ),
    Preset(
        "xai",
        "xAI",
        "https://api.x.ai/v1",
        quirks=(*_OWN_CAP, "no_logit_bias"),
        note="reasoning is in `reasoning_content`, and counted beside the completion",
    ),
    Preset("perplexity", "Perplexity", "https://api.perplexity.ai", note="sources are in `search_results`"),
    Preset("nvidia", "NVIDIA NIM", "https://integrate.api.nvidia.com/v1"),
    Preset("sambanova", "SambaNova", "https://api.sambanova.ai/v1"),
    Preset("deepinfra", "DeepInfra", "https://api.deepinfra.com/v1/openai"),
    Preset("moonshot", "Moonshot AI", "https://api.moonshot.ai/v1"),
    Preset("dashscope", "Alibaba Model Studio", "https://dashscope-intl.aliyuncs.com/compatible-mode/v1"),
    Preset("zai", "Z.ai", "https://api.z.ai/api/paas/v4"),
    Preset("scaleway", "Scaleway", "https://api.scaleway.ai/v1"),
    Preset(
        "vllm",
        "vLLM",
        "http://HOST:8000/v1",
        note="reasoning is in `reasoning_content` or `reasoning`; without a parser of its own, in the text: "
        "quirk `think_tags`, or `think_unopened`; usage of a stream is asked for",
    ),
    Preset(
        "vllm-completions",
        "vLLM, base models",
        "http://HOST:8000/v1",
        "completions",
        note="models without a template for chat; one text is asked for",
    ),
    Preset(
        "ollama-openai",
        "Ollama, OpenAI's way",
        "http://HOST:11434/v1",
        quirks=_OLLAMA_LACKS,
        note="reasoning is in `reasoning`",
    ),
    Preset(
        "lmstudio", "LM Studio", "http://HOST:1234/v1", quirks=("no_n",), note="an error may be text alone"
    ),
    Preset(
        "llamacpp",
        "llama.cpp",
        "http://HOST:8080/v1",
        quirks=("no_n",),
        note="reasoning is in `reasoning_content`",
    ),
)
