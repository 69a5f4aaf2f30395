"""The package google-genai: generateContent, chats, token counts and errors."""

from google import genai
from google.genai import errors, types

from harness import BASE_URL, CALL, GEMINI, QUESTION, TOKEN, WEATHER_SCHEMA
from harness import check, expect, fault, raised

CLIENT = f"google-genai {genai.__version__}"


def connect(token: str = TOKEN, headers: dict[str, str] | None = None) -> genai.Client:
    return genai.Client(
        api_key=token, http_options=types.HttpOptions(base_url=f"{BASE_URL}/gemini", headers=headers or {})
    )


client = connect()
TOOL = types.Tool(
    function_declarations=[
        types.FunctionDeclaration(
            name="get_weather", description="Weather of a city", parameters_json_schema=WEATHER_SCHEMA
        )
    ]
)


def get_weather(city: str) -> dict:
    """Weather of a city."""
    return {"city": city, "celsius": 21}


@check(CLIENT, "generateContent")
def answers(model: str) -> None:
    answer = client.models.generate_content(model=model, contents=QUESTION)
    expect(len(answer.text) > 10, "a text")
    expect(answer.candidates[0].finish_reason == types.FinishReason.STOP, "STOP")
    expect(answer.usage_metadata.total_token_count > 5, "usage")


@check(CLIENT, "generateContent, streamed")
def streams(model: str) -> None:
    whole = client.models.generate_content(model=model, contents=QUESTION).text
    text, usage = "", None
    for chunk in client.models.generate_content_stream(model=model, contents=QUESTION):
        text += chunk.text or ""
        usage = chunk.usage_metadata or usage
    expect(text == whole, "the words of the whole answer")
    expect(usage is not None and usage.candidates_token_count > 0, "usage at the end")


@check(CLIENT, "generateContent, tool loop")
def calls_a_tool(model: str) -> None:
    automatic = types.AutomaticFunctionCallingConfig(disable=True)
    config = types.GenerateContentConfig(tools=[TOOL], automatic_function_calling=automatic)
    contents = [types.Content(role="user", parts=[types.Part(text=CALL)])]
    first = client.models.generate_content(model=model, contents=contents, config=config)
    (call,) = first.function_calls
    expect(call.args == {"city": "Paris"}, "the arguments that were asked for")
    result = types.FunctionResponse(id=call.id, name=call.name, response={"celsius": 21})
    contents += [
        first.candidates[0].content,
        types.Content(role="user", parts=[types.Part(function_response=result)]),
    ]
    second = client.models.generate_content(model=model, contents=contents, config=config)
    expect("21" in second.text, "words about the result")


@check(CLIENT, "a chat that calls a function")
def calls_a_function(model: str) -> None:
    chat = client.chats.create(model=model, config=types.GenerateContentConfig(tools=[get_weather]))
    expect("21" in chat.send_message(CALL).text, "words about what the function gave")


@check(CLIENT, "a chat of two turns")
def chats(model: str) -> None:
    chat = client.chats.create(model=model)
    expect(chat.send_message(QUESTION).text, "a text")
    expect(chat.send_message("And what is a tree?").text, "another text")


@check(CLIENT, "countTokens")
def counts(model: str) -> None:
    expect(client.models.count_tokens(model=model, contents=QUESTION).total_tokens > 3, "a count")


@check(CLIENT, "models", models=None)
def lists_models() -> None:
    expect(f"models/{GEMINI}" in [model.name for model in client.models.list()], "the models that Gemini's paths reach")


@check(CLIENT, "errors", models=None)
def raises_its_own_errors() -> None:
    unknown = raised(errors.ClientError, lambda: client.models.generate_content(model="none", contents=QUESTION))
    expect((unknown.code, unknown.status) == (400, "INVALID_ARGUMENT"), "400 for a model that is not there")
    stranger = connect("nt_live_000000000000_fake")
    denied = raised(errors.ClientError, lambda: stranger.models.generate_content(model=GEMINI, contents=QUESTION))
    expect(denied.code == 401, "401")
    busy = connect(headers=fault("status=429; retry-after=7"))
    limited = raised(errors.ClientError, lambda: busy.models.generate_content(model=GEMINI, contents=QUESTION))
    expect((limited.code, limited.status) == (429, "RESOURCE_EXHAUSTED"), "429")
