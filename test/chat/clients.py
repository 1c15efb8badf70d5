"""Asks the runtime with OpenAI's Python client and LangChain's chat model, unmodified: chat completions and responses, streamed
and whole, with tools, a JSON schema, images and errors. test/chat-clients.sh runs it: clients.py URL."""

import sys

import openai
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from pydantic import BaseModel

base = sys.argv[1] + "/v1"
client = openai.OpenAI(base_url=base, api_key="x", max_retries=0)
ask = [{"role": "user", "content": "how do I make a partial index?"}]


def check(what, ok, got):
    if not ok:
        sys.exit(f"{what}: {got}")


class City(BaseModel):
    city: str
    n: int


weather = {"name": "get_weather", "description": "the weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}}


def chat():
    r = client.chat.completions.create(model="panther", messages=ask)
    m = r.choices[0].message
    note = m.annotations[0].url_citation
    check("chat", "WHERE clause [1]" in m.content and "Sources" in m.content and r.usage.total_tokens > 0, r)
    check("annotations", m.content[note.start_index : note.end_index] == "[1]" and note.url.startswith("https://docs.test.io/partial"), note)
    chunks = list(client.chat.completions.create(model="panther", messages=ask, stream=True, stream_options={"include_usage": True}))
    text = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
    check("streamed chat", text == m.content and chunks[-1].usage.total_tokens > 0, text)
    p = client.chat.completions.parse(model="panther", messages=[{"role": "user", "content": "json please"}], response_format=City)
    check("schema", p.choices[0].message.parsed == City(city="Rome", n=3), p)
    messages = [{"role": "user", "content": "weather in Rome?"}]
    r = client.chat.completions.create(model="panther", messages=messages, tools=[{"type": "function", "function": weather}])
    call = r.choices[0].message.tool_calls[0]
    check("tool", r.choices[0].finish_reason == "tool_calls" and call.function.arguments == '{"city":"Rome"}', r)
    messages += [r.choices[0].message, {"role": "tool", "tool_call_id": call.id, "content": "sunny"}]
    r = client.chat.completions.create(model="panther", messages=messages, tools=[{"type": "function", "function": weather}])
    check("tool's result", r.choices[0].message.content.startswith("It is sunny"), r)
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,UE5H"}}
    r = client.chat.completions.create(model="test/scripted", messages=[{"role": "user", "content": [{"type": "text", "text": "a picture"}, image]}])
    check("image", "I see an image" in r.choices[0].message.content, r)
    check("models", client.models.retrieve("test/scripted").id == "test/scripted", "")


def errors():
    for what, kind, args in [
        ("429", openai.RateLimitError, {"messages": [{"role": "user", "content": "too much"}]}),
        ("n", openai.BadRequestError, {"messages": ask, "n": 2}),
        ("no model", openai.NotFoundError, None),
    ]:
        try:
            if args:
                client.chat.completions.create(model="panther", **args)
            else:
                client.models.retrieve("nothing")
        except kind as e:
            check(what, e.message and e.type, e)
        else:
            sys.exit(f"{what}: no error")


def responses():
    r = client.responses.create(model="panther", input="how do I make a partial index?")
    check("response", "WHERE clause [1]" in r.output_text and r.output[0].content[0].annotations[0].type == "url_citation", r)
    with client.responses.stream(model="panther", input="and again, how?", previous_response_id=r.id) as s:
        kinds = [e.type for e in s]
        check("streamed response", s.get_final_response().output_text and kinds[-1] == "response.completed", kinds)
    p = client.responses.parse(model="panther", input="json please", text_format=City)
    check("response's schema", p.output_parsed == City(city="Rome", n=3), p)
    r = client.responses.create(model="panther", input="weather in Rome?", tools=[{"type": "function", **weather}])
    call = r.output[-1]
    check("response's tool", call.type == "function_call" and call.arguments == '{"city":"Rome"}', r)
    output = {"type": "function_call_output", "call_id": call.call_id, "output": "sunny"}
    r = client.responses.create(model="panther", input=[output], previous_response_id=r.id)
    check("response's tool's result", r.output_text.startswith("It is sunny"), r)


def langchain():
    @tool
    def get_weather(city: str) -> str:
        "the weather"
        return "sunny"

    for way in [{}, {"use_responses_api": True}]:
        model = ChatOpenAI(model="panther", base_url=base, api_key="x", max_retries=0, **way)
        check("langchain", "WHERE clause" in model.invoke("how do I make a partial index?").text, way)
        check("langchain stream", "WHERE clause" in "".join(c.text for c in model.stream("how do I make a partial index?")), way)
        called = model.bind_tools([get_weather]).invoke("weather in Rome?")
        check("langchain tool", called.tool_calls[0]["args"] == {"city": "Rome"}, called)
        check("langchain schema", model.with_structured_output(City).invoke("json please") == City(city="Rome", n=3), way)


for f in chat, errors, responses, langchain:
    f()
print(f"openai {openai.__version__} and langchain-openai work with chat completions and responses")
