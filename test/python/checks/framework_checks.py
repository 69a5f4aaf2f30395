"""Frameworks on the three SDKs: a prompt and a tool loop each, as docs/agents.md says to set them up."""

import os
from importlib.metadata import version

import instructor
import litellm
from agents import Agent as OpenAIAgent
from agents import OpenAIChatCompletionsModel, OpenAIResponsesModel, Runner, function_tool, set_tracing_disabled
from langchain.agents import create_agent
from langchain_anthropic import ChatAnthropic
from langchain_google_genai import ChatGoogleGenerativeAI
from langchain_openai import ChatOpenAI
from openai import AsyncOpenAI, OpenAI
from pydantic import BaseModel
from pydantic_ai import Agent
from pydantic_ai.models.anthropic import AnthropicModel
from pydantic_ai.models.google import GoogleModel
from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel as PydanticResponsesModel
from pydantic_ai.providers.anthropic import AnthropicProvider
from pydantic_ai.providers.google import GoogleProvider
from pydantic_ai.providers.openai import OpenAIProvider
from smolagents import OpenAIServerModel, ToolCallingAgent, tool

from harness import BASE_URL, CALL, QUESTION, TOKEN, WEATHER, WEATHER_SCHEMA, check, expect
from snippets import AGENTS, register

CHAT_URL = f"{BASE_URL}/ai-gateway/mlflow/v1"
RESPONSES_URL = f"{BASE_URL}/ai-gateway/openai/v1"
ANTHROPIC_URL = f"{BASE_URL}/ai-gateway/anthropic"
GEMINI_URL = f"{BASE_URL}/ai-gateway/gemini"

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
litellm.telemetry = False
set_tracing_disabled(True)


def get_weather(city: str) -> str:
    """The weather of a city.

    Args:
        city: its name
    """
    return WEATHER


def named(package: str) -> str:
    return f"{package} {version(package)}"


# Pydantic AI

PYDANTIC_AI = named("pydantic-ai-slim")


def pydantic_agent(model: object) -> None:
    agent = Agent(model, tools=[get_weather])
    expect(len(agent.run_sync(QUESTION).output) > 10, "a text")
    expect("21" in agent.run_sync(CALL).output, "words about the result")


@check(PYDANTIC_AI, "chat completions")
def pydantic_ai_chat(model: str) -> None:
    pydantic_agent(OpenAIChatModel(model, provider=OpenAIProvider(base_url=CHAT_URL, api_key=TOKEN)))


@check(PYDANTIC_AI, "Responses")
def pydantic_ai_responses(model: str) -> None:
    pydantic_agent(PydanticResponsesModel(model, provider=OpenAIProvider(base_url=RESPONSES_URL, api_key=TOKEN)))


@check(PYDANTIC_AI, "Messages")
def pydantic_ai_messages(model: str) -> None:
    pydantic_agent(AnthropicModel(model, provider=AnthropicProvider(base_url=ANTHROPIC_URL, api_key=TOKEN)))


@check(PYDANTIC_AI, "Gemini")
def pydantic_ai_gemini(model: str) -> None:
    pydantic_agent(GoogleModel(model, provider=GoogleProvider(base_url=GEMINI_URL, api_key=TOKEN)))


# OpenAI Agents

OPENAI_AGENTS = named("openai-agents")


def openai_agent(kind: type, url: str, model: str) -> None:
    client = AsyncOpenAI(base_url=url, api_key=TOKEN)
    agent = OpenAIAgent(name="Weather", model=kind(model=model, openai_client=client), tools=[function_tool(get_weather)])
    expect(len(Runner.run_sync(agent, QUESTION).final_output) > 10, "a text")
    expect("21" in Runner.run_sync(agent, CALL).final_output, "words about the result")


@check(OPENAI_AGENTS, "Responses")
def openai_agents_responses(model: str) -> None:
    openai_agent(OpenAIResponsesModel, RESPONSES_URL, model)


@check(OPENAI_AGENTS, "chat completions")
def openai_agents_chat(model: str) -> None:
    openai_agent(OpenAIChatCompletionsModel, CHAT_URL, model)


# LangChain

LANGCHAIN = named("langchain")


def langchain_agent(model: object) -> None:
    expect(len(model.invoke(QUESTION).text) > 10, "a text")
    agent = create_agent(model, tools=[get_weather])
    said = agent.invoke({"messages": [{"role": "user", "content": CALL}]})
    expect("21" in said["messages"][-1].text, "words about the result")


@check(LANGCHAIN, "ChatOpenAI")
def langchain_openai(model: str) -> None:
    langchain_agent(ChatOpenAI(model=model, base_url=CHAT_URL, api_key=TOKEN))


@check(LANGCHAIN, "ChatOpenAI, Responses")
def langchain_responses(model: str) -> None:
    langchain_agent(ChatOpenAI(model=model, base_url=RESPONSES_URL, api_key=TOKEN, use_responses_api=True, store=False))


@check(LANGCHAIN, "ChatAnthropic")
def langchain_anthropic(model: str) -> None:
    langchain_agent(ChatAnthropic(model=model, base_url=ANTHROPIC_URL, api_key=TOKEN, max_tokens=4096))


@check(LANGCHAIN, "ChatGoogleGenerativeAI")
def langchain_gemini(model: str) -> None:
    langchain_agent(ChatGoogleGenerativeAI(model=model, base_url=GEMINI_URL, api_key=TOKEN))


# LiteLLM

LITELLM = named("litellm")


def completes(model: str, url: str, **more: object) -> None:
    tools = [{"type": "function", "function": {"name": "get_weather", "parameters": WEATHER_SCHEMA}}]
    messages: list = [{"role": "user", "content": CALL}]
    asked = {"model": model, "api_base": url, "api_key": TOKEN, "tools": tools, **more}
    first = litellm.completion(**asked, messages=messages).choices[0].message
    (call,) = first.tool_calls
    messages += [first, {"role": "tool", "tool_call_id": call.id, "content": WEATHER}]
    expect("21" in litellm.completion(**asked, messages=messages).choices[0].message.content, "words about the result")


@check(LITELLM, "openai/")
def litellm_openai(model: str) -> None:
    completes(f"openai/{model}", CHAT_URL)


@check(LITELLM, "anthropic/")
def litellm_anthropic(model: str) -> None:
    # Its own bound for this model is more than the model writes.
    completes(f"anthropic/{model}", ANTHROPIC_URL, max_tokens=4096)


@check(LITELLM, "gemini/")
def litellm_gemini(model: str) -> None:
    completes(f"gemini/{model}", f"{GEMINI_URL}/v1beta")


# Instructor


class Person(BaseModel):
    name: str
    age: int


def invents(mode: instructor.Mode, model: str) -> None:
    client = instructor.from_openai(OpenAI(base_url=CHAT_URL, api_key=TOKEN), mode=mode)
    asked = [{"role": "user", "content": "Invent a person."}]
    expect(client.chat.completions.create(model=model, messages=asked, response_model=Person).name, "a name")


@check(named("instructor"), "tools")
def instructor_tools(model: str) -> None:
    invents(instructor.Mode.TOOLS, model)


@check(named("instructor"), "JSON schema")
def instructor_schema(model: str) -> None:
    invents(instructor.Mode.JSON_SCHEMA, model)


# smolagents


@check(named("smolagents"), "a model of OpenAI's form")
def smolagents_model(model: str) -> None:
    served = OpenAIServerModel(model_id=model, api_base=CHAT_URL, api_key=TOKEN)
    expect(served([{"role": "user", "content": QUESTION}]).content, "a text")
    # It has its answers told by a tool, which nobody asks the sandbox for: what shows here is that it ends.
    agent = ToolCallingAgent(tools=[tool(get_weather)], model=served, max_steps=2, verbosity_level=0)
    expect(agent.run(CALL), "an end")


register(AGENTS, lambda heading: heading != "LlamaIndex")
