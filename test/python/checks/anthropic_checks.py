"""The package anthropic: Messages, token counts and errors."""

import anthropic
from anthropic import Anthropic

from harness import BASE_URL, CALL, CLAUDE, MODELS, QUESTION, TOKEN, WEATHER, WEATHER_SCHEMA
from harness import check, expect, fault, raised

CLIENT = f"anthropic {anthropic.__version__}"
URL = f"{BASE_URL}/anthropic"
client = Anthropic(auth_token=TOKEN, base_url=URL, max_retries=0)

USER = [{"role": "user", "content": QUESTION}]
TOOLS = [{"name": "get_weather", "description": "Weather of a city", "input_schema": WEATHER_SCHEMA}]


def text_of(message: anthropic.types.Message) -> str:
    return "".join(block.text for block in message.content if block.type == "text")


@check(CLIENT, "Messages")
def answers(model: str) -> None:
    message = client.messages.create(model=model, max_tokens=1024, messages=USER)
    expect(message.content[-1].type == "text" and len(message.content[-1].text) > 10, "a text at the end")
    expect(message.stop_reason == "end_turn", "end_turn")
    expect(message.usage.input_tokens > 0 and message.usage.output_tokens > 0, "usage")
    expect((message._request_id or "").startswith("req_"), "a request id")


@check(CLIENT, "Messages, streamed")
def streams(model: str) -> None:
    whole = text_of(client.messages.create(model=model, max_tokens=1024, messages=USER))
    with client.messages.stream(model=model, max_tokens=1024, messages=USER) as stream:
        text = "".join(stream.text_stream)
        final = stream.get_final_message()
    expect(text == whole == text_of(final), "the words of the whole answer")
    expect(final.content[-1].type == "text", "a text at the end")
    expect(final.usage.input_tokens > 0 and final.usage.output_tokens > 0, "usage")


@check(CLIENT, "Messages, tool loop")
def calls_a_tool(model: str) -> None:
    asked = {"model": model, "max_tokens": 2048, "tools": TOOLS}
    messages: list = [{"role": "user", "content": CALL}]
    first = client.messages.create(**asked, messages=messages)
    expect(first.stop_reason == "tool_use", "tool_use")
    (call,) = [block for block in first.content if block.type == "tool_use"]
    expect(call.input == {"city": "Paris"}, "the arguments that were asked for")
    result = {"type": "tool_result", "tool_use_id": call.id, "content": WEATHER}
    messages += [{"role": "assistant", "content": first.content}, {"role": "user", "content": [result]}]
    expect("21" in text_of(client.messages.create(**asked, messages=messages)), "words about the result")


@check(CLIENT, "Messages, tool loop, thinking")
def calls_a_tool_with_thoughts(model: str) -> None:
    thinking = {"type": "enabled", "budget_tokens": 1024}
    asked = {"model": model, "max_tokens": 4096, "tools": TOOLS, "thinking": thinking}
    messages: list = [{"role": "user", "content": CALL}]
    with client.messages.stream(**asked, messages=messages) as stream:
        first = stream.get_final_message()
    (call,) = [block for block in first.content if block.type == "tool_use"]
    result = {"type": "tool_result", "tool_use_id": call.id, "content": WEATHER}
    messages += [{"role": "assistant", "content": first.content}, {"role": "user", "content": [result]}]
    with client.messages.stream(**asked, messages=messages) as stream:
        expect("21" in text_of(stream.get_final_message()), "words about the result")


@check(CLIENT, "count_tokens")
def counts(model: str) -> None:
    expect(client.messages.count_tokens(model=model, messages=USER).input_tokens > 3, "a count")


@check(CLIENT, "models", models=None)
def lists_models() -> None:
    listed = [model.id for model in client.models.list(limit=1000)]
    expect(set(MODELS) <= set(listed), "the models that Messages reaches")


@check(CLIENT, "errors", models=None)
def raises_its_own_errors() -> None:
    ask = {"max_tokens": 64, "messages": USER}
    unknown = raised(anthropic.BadRequestError, lambda: client.messages.create(model="none", **ask))
    expect("none" in unknown.message, "400 that names the model that is not there")
    stranger = Anthropic(auth_token="nt_live_000000000000_fake", base_url=URL, max_retries=0)
    raised(anthropic.AuthenticationError, lambda: stranger.messages.create(model=CLAUDE, **ask))
    busy = raised(
        anthropic.RateLimitError,
        lambda: client.messages.create(model=CLAUDE, **ask, extra_headers=fault("status=429; retry-after=7")),
    )
    expect(busy.response.headers.get("retry-after") == "7", "Retry-After")
    with client.messages.stream(model=CLAUDE, **ask, extra_headers=fault("error-event=4")) as stream:
        raised(anthropic.APIStatusError, stream.get_final_message)
