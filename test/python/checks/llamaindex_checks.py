"""LlamaIndex: a prompt and an agent with a tool."""

import asyncio
from importlib.metadata import version

from llama_index.core.agent.workflow import FunctionAgent
from llama_index.llms.openai_like import OpenAILike

from harness import BASE_URL, CALL, QUESTION, TOKEN, WEATHER, check, expect
from snippets import AGENTS, register


def get_weather(city: str) -> str:
    """The weather of a city."""
    return WEATHER


@check(f"llama-index-core {version('llama-index-core')}", "OpenAILike")
def llamaindex(model: str) -> None:
    url = f"{BASE_URL}/ai-gateway/mlflow/v1"
    llm = OpenAILike(model=model, api_base=url, api_key=TOKEN, is_chat_model=True, is_function_calling_model=True)

    async def run() -> str:
        return str(await FunctionAgent(llm=llm, tools=[get_weather]).run(CALL))

    expect(len(str(llm.complete(QUESTION))) > 10, "a text")
    expect("21" in asyncio.run(run()), "words about the result")


register(AGENTS, lambda heading: heading == "LlamaIndex")
