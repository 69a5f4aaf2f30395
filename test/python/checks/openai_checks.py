"""The package openai: chat completions, Responses, embeddings, models and errors."""

import asyncio
import json

import openai
from openai import AsyncOpenAI, OpenAI
from pydantic import BaseModel

from harness import BASE_URL, CALL, CLAUDE, EMBEDDING, GPT, QUESTION, TOKEN, WEATHER, WEATHER_SCHEMA
from harness import check, expect, fault, raised

CLIENT = f"openai {openai.__version__}"
CHAT_URL = f"{BASE_URL}/ai-gateway/mlflow/v1"
chat = OpenAI(api_key=TOKEN, base_url=CHAT_URL, max_retries=0)
responses = OpenAI(api_key=TOKEN, base_url=f"{BASE_URL}/openai/v1", max_retries=0)

USER = [{"role": "user", "content": QUESTION}]
FUNCTION = {"name": "get_weather", "description": "Weather of a city", "parameters": WEATHER_SCHEMA}


class Person(BaseModel):
    name: str
    age: int


@check(CLIENT, "chat")
def answers(model: str) -> None:
    answer = chat.chat.completions.create(model=model, messages=USER)
    expect(len(answer.choices[0].message.content) > 10, "a text")
    expect(answer.choices[0].finish_reason == "stop", "finish_reason stop")
    expect(answer.usage.total_tokens > 5, "usage")


@check(CLIENT, "chat, streamed")
def streams(model: str) -> None:
    whole = chat.chat.completions.create(model=model, messages=USER).choices[0].message.content
    chunks = list(chat.chat.completions.create(model=model, messages=USER, stream=True))
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    expect(text == whole, f"the words of the whole answer, not {text!r}")


@check(CLIENT, "chat, streamed with usage")
def streams_with_usage(model: str) -> None:
    asked = {"stream": True, "stream_options": {"include_usage": True}}
    *_, last = chat.chat.completions.create(model=model, messages=USER, **asked)
    expect(last.usage is not None and last.usage.completion_tokens > 0, "usage at the end")


@check(CLIENT, "chat, stream helper")
def streams_with_the_helper(model: str) -> None:
    with chat.chat.completions.stream(model=model, messages=USER) as stream:
        text = "".join(event.delta for event in stream if event.type == "content.delta")
        message = stream.get_final_completion().choices[0].message
    expect(text == message.content, "the deltas make the message")
    again = chat.chat.completions.create(
        model=model, messages=[*USER, message.model_dump(), {"role": "user", "content": "And then?"}]
    )
    expect(again.choices[0].message.content, "the message goes back as the SDK writes it")


@check(CLIENT, "chat, tool loop")
def calls_a_tool(model: str) -> None:
    tools = [{"type": "function", "function": FUNCTION}]
    messages: list = [{"role": "user", "content": CALL}]
    first = chat.chat.completions.create(model=model, messages=messages, tools=tools)
    expect(first.choices[0].finish_reason == "tool_calls", "finish_reason tool_calls")
    (call,) = first.choices[0].message.tool_calls
    expect(json.loads(call.function.arguments) == {"city": "Paris"}, "the arguments that were asked for")
    messages += [first.choices[0].message, {"role": "tool", "tool_call_id": call.id, "content": WEATHER}]
    second = chat.chat.completions.create(model=model, messages=messages, tools=tools)
    expect("21" in second.choices[0].message.content, "words about the result")


@check(CLIENT, "chat, structured output")
def fits_a_schema(model: str) -> None:
    answer = chat.chat.completions.parse(
        model=model, messages=[{"role": "user", "content": "Invent a person."}], response_format=Person
    )
    expect(isinstance(answer.choices[0].message.parsed, Person), "a Person")


@check(CLIENT, "chat, asyncio")
def answers_asynchronously(model: str) -> None:
    async def ask() -> str:
        async with AsyncOpenAI(api_key=TOKEN, base_url=CHAT_URL, max_retries=0) as client:
            stream = await client.chat.completions.create(model=model, messages=USER, stream=True)
            return "".join([chunk.choices[0].delta.content or "" async for chunk in stream if chunk.choices])

    expect(len(asyncio.run(ask())) > 10, "a text")


@check(CLIENT, "Responses")
def responds(model: str) -> None:
    answer = responses.responses.create(model=model, input=QUESTION, store=False)
    expect(answer.status == "completed", "completed")
    expect(len(answer.output_text) > 10, "a text")
    expect(answer.usage.total_tokens > 5, "usage")


@check(CLIENT, "Responses, streamed")
def responds_as_a_stream(model: str) -> None:
    with responses.responses.stream(model=model, input=QUESTION, store=False) as stream:
        text = "".join(event.delta for event in stream if event.type == "response.output_text.delta")
        final = stream.get_final_response()
    expect(text == final.output_text and text, "the deltas make the text")
    expect(final.usage is not None and final.usage.output_tokens > 0, "usage at the end")


@check(CLIENT, "Responses, tool loop")
def responds_with_a_tool(model: str) -> None:
    tools = [{"type": "function", **FUNCTION, "strict": True}]
    asked = {"model": model, "tools": tools, "store": False, "include": ["reasoning.encrypted_content"]}
    given: list = [{"role": "user", "content": CALL}]
    first = responses.responses.create(**asked, input=given)
    (call,) = [item for item in first.output if item.type == "function_call"]
    expect(json.loads(call.arguments) == {"city": "Paris"}, "the arguments that were asked for")
    given += [*first.output, {"type": "function_call_output", "call_id": call.call_id, "output": WEATHER}]
    second = responses.responses.create(**asked, input=given)
    expect("21" in second.output_text, "words about the result")


@check(CLIENT, "Responses, calls alone")
def responds_where_seals_are_dropped(model: str) -> None:
    tools = [{"type": "function", **FUNCTION, "strict": True}]
    given: list = [{"role": "user", "content": CALL}]
    first = responses.responses.create(model=model, tools=tools, store=False, input=given)
    (call,) = [item for item in first.output if item.type == "function_call"]
    given += [call, {"type": "function_call_output", "call_id": call.call_id, "output": WEATHER}]
    second = responses.responses.create(model=model, tools=tools, store=False, input=given)
    expect("21" in second.output_text, "words about the result")


@check(CLIENT, "embeddings", models=(EMBEDDING,))
def embeds(model: str) -> None:
    vectors = chat.embeddings.create(model=model, input=["a branch", "a tree"]).data
    expect([len(vector.embedding) for vector in vectors] == [1024, 1024], "two vectors of 1,024 numbers")


@check(CLIENT, "models", models=None)
def lists_models() -> None:
    client = OpenAI(api_key=TOKEN, base_url=f"{BASE_URL}/v1", max_retries=0)
    expect(GPT in [model.id for model in client.models.list()], "the catalog")


@check(CLIENT, "errors", models=None)
def raises_its_own_errors() -> None:
    unknown = raised(openai.BadRequestError, lambda: chat.chat.completions.create(model="none", messages=USER))
    expect(unknown.code == "invalid_model", "400 invalid_model for a model that is not there")
    stranger = OpenAI(api_key="nt_live_000000000000_fake", base_url=CHAT_URL, max_retries=0)
    raised(openai.AuthenticationError, lambda: stranger.chat.completions.create(model=GPT, messages=USER))
    busy = raised(
        openai.RateLimitError,
        lambda: chat.chat.completions.create(model=GPT, messages=USER, extra_headers=fault("status=429; retry-after=7")),
    )
    expect(busy.response.headers.get("retry-after") == "7", "Retry-After")
    refused = raised(
        openai.BadRequestError,
        lambda: responses.responses.create(model=GPT, input=QUESTION, previous_response_id="resp_fake", store=False),
    )
    expect(refused.param == "previous_response_id", "the field that is refused")
    cut = chat.chat.completions.create(model=GPT, messages=USER, stream=True, extra_headers=fault("error-event=3"))
    raised(openai.APIError, lambda: list(cut))
