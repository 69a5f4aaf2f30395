"""Agents and tools in Python: a prompt and a tool loop each, as docs/agents.md says to set them up."""

import os
import tempfile
from importlib.metadata import version
from pathlib import Path

import dspy
import litellm
from minisweagent.agents.default import DefaultAgent
from minisweagent.environments.local import LocalEnvironment
from minisweagent.models.litellm_model import LitellmModel

from harness import BASE_URL, CALL, GEMINI, GPT, QUESTION, TOKEN, WEATHER, WEATHER_SCHEMA, check, expect, said_by

CHAT_URL = f"{BASE_URL}/ai-gateway/mlflow/v1"
SECRET = "heron-4711"

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
litellm.telemetry = False

# dspy

DSPY = f"dspy {version('dspy')}"


def dspy_model(model: str) -> dspy.LM:
    return dspy.LM(f"openai/{model}", api_base=CHAT_URL, api_key=TOKEN, cache=False)


# JSON without a schema is asked for in words at Claude, which the sandbox and the strict provider do not read.
@check(DSPY, "a signature, as JSON", models=(GPT, GEMINI))
def dspy_signature(model: str) -> None:
    with dspy.context(lm=dspy_model(model), adapter=dspy.JSONAdapter()):
        expect(dspy.Predict("question -> answer")(question=QUESTION).answer, "an answer")


@check(DSPY, "a tool")
def dspy_tool(model: str) -> None:
    lm = dspy_model(model)
    tools = [{"type": "function", "function": {"name": "get_weather", "parameters": WEATHER_SCHEMA}}]
    messages: list = [{"role": "user", "content": CALL}]
    (first,) = lm(messages=messages, tools=tools)
    (call,) = first["tool_calls"]
    called = {"id": call.id, "type": "function", "function": {"name": call.function.name, "arguments": call.function.arguments}}
    messages += [
        {"role": "assistant", "content": None, "tool_calls": [called]},
        {"role": "tool", "tool_call_id": call.id, "content": WEATHER},
    ]
    (second,) = lm(messages=messages, tools=tools)
    expect("21" in (second if isinstance(second, str) else second["text"]), "words about the result")


# llm

LLM = f"llm {version('llm')}"
MODELS_FILE = """- model_id: bough
  model_name: {model}
  api_base: {url}
  api_key_name: bough
  supports_tools: true
"""
FUNCTION = """def get_weather(city: str) -> str:
    "The weather of a city."
    return '{"celsius": 21}'
"""


def llm_says(model: str, *arguments: str) -> str:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "extra-openai-models.yaml").write_text(MODELS_FILE.format(model=model, url=CHAT_URL), encoding="utf-8")
        return said_by("llm", "--model", "bough", "--key", TOKEN, *arguments, variables={"LLM_USER_PATH": folder})


@check(LLM, "a prompt, streamed and whole")
def llm_prompt(model: str) -> None:
    expect("copy-on-write" in llm_says(model, QUESTION), "an answer")
    expect("copy-on-write" in llm_says(model, "--no-stream", QUESTION), "an answer")


@check(LLM, "a function")
def llm_function(model: str) -> None:
    expect("21" in llm_says(model, "--functions", FUNCTION, CALL), "words about the result")


# mini-swe-agent

MINI = f"mini-swe-agent {version('mini-swe-agent')}"


@check(MINI, "its shell")
def mini_swe_agent(model: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "note.txt").write_text(f"{SECRET}\n", encoding="utf-8")
        agent = DefaultAgent(
            LitellmModel(
                model_name=f"openai/{model}",
                model_kwargs={"api_base": CHAT_URL, "api_key": TOKEN},
                cost_tracking="ignore_errors",
            ),
            LocalEnvironment(cwd=folder),
            system_template="You work in a folder.",
            instance_template="{{task}}",
            step_limit=2,
        )
        # It wants each answer to be a call, and the sandbox ends with words: what ends it is the limit.
        expect(agent.run('call bash {"command": "cat note.txt"}')["exit_status"], "an end")
        said = [str(message.get("content")) for message in agent.messages if message["role"] != "user"]
        expect(any(SECRET in text for text in said), "what the file holds")
        expect([path.name for path in Path(folder).iterdir()] == ["note.txt"], "a folder that stayed as it was")
