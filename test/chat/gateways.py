"""Asks the runtime through LiteLLM, and as Open WebUI does: test/chat-clients.sh runs it: gateways.py URL."""

import json
import os
import sys
import urllib.request

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # else it asks the network for prices
import litellm

base = sys.argv[1] + "/v1"
question = "how do I make a partial index?"
ask = [{"role": "user", "content": question}]


def check(what, ok, got):
    if not ok:
        sys.exit(f"{what}: {got}")


def through_litellm():
    args = {"model": "openai/panther", "api_base": base, "api_key": "x", "num_retries": 0}
    r = litellm.completion(messages=ask, **args)
    check("litellm", "WHERE clause [1]" in r.choices[0].message.content and r.usage.total_tokens > 0, r)
    chunks = list(litellm.completion(messages=ask, stream=True, stream_options={"include_usage": True}, **args))
    text = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
    check("litellm's stream", text == r.choices[0].message.content and chunks[-1].usage.total_tokens > 0, text)
    tool = {"type": "function", "function": {"name": "get_weather", "description": "the weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}}}
    call = litellm.completion(messages=[{"role": "user", "content": "weather in Rome?"}], tools=[tool], **args).choices[0].message.tool_calls[0]
    check("litellm's tool", json.loads(call.function.arguments) == {"city": "Rome"}, call)
    r = litellm.responses(input=question, **args)
    check("litellm's response", "WHERE clause [1]" in r.output[0].content[0].text, r)
    try:
        litellm.completion(messages=[{"role": "user", "content": "too much"}], **args)
    except litellm.RateLimitError:
        return
    sys.exit("litellm: no error of 429")


def post(body):
    """Sends a body as Open WebUI does, with its headers, and returns the text and the last usage."""
    headers = {"Content-Type": "application/json", "Authorization": "Bearer x", "X-OpenWebUI-User-Name": "Eva", "X-OpenWebUI-Chat-Id": "c1"}
    with urllib.request.urlopen(urllib.request.Request(base + "/chat/completions", json.dumps(body).encode(), headers)) as r:
        if not body.get("stream"):
            v = json.load(r)
            return v["choices"][0]["message"]["content"], v["usage"]
        text, usage, ended = "", None, False
        for line in r.read().decode().splitlines():
            data = line.removeprefix("data: ")
            if line and data == "[DONE]":
                ended = True
            elif line.startswith("data: "):
                v = json.loads(data)
                usage = v.get("usage") or usage
                text += "".join(c["delta"].get("content") or "" for c in v["choices"])
        check("end of the stream", ended, text)
        return text, usage


def as_open_webui():
    history = "<chat_history>\nUSER: how do I make a partial index?\nASSISTANT: Use WHERE.\n</chat_history>"
    text, usage = post({"model": "panther", "messages": ask, "stream": True, "stream_options": {"include_usage": True}})
    check("Open WebUI's question", "WHERE clause [1]" in text and "Sources" in text and usage["total_tokens"] > 0, text)
    tasks = {
        "title": "### Task:\nGenerate a concise, 3-5 word title with an emoji summarizing the chat history.\n### Output:\nJSON format: { \"title\": \"...\" }\n### Chat History:\n",
        "tags": "### Task:\nGenerate 1-3 broad tags categorizing the main themes of the chat history.\n### Output:\nJSON format: { \"tags\": [\"tag1\"] }\n### Chat History:\n",
        "follow-ups": "### Task:\nSuggest 3-5 relevant follow-up questions or prompts.\n### Output:\nJSON format: { \"follow_ups\": [\"Question 1?\"] }\n### Chat History:\n",
        "query": "### Task:\nAnalyze the chat history to determine the necessity of generating search queries.\n### Output:\nJSON format: { \"queries\": [] }\n### Chat History:\n",
    }
    for name, task in tasks.items():
        body = {"model": "panther", "messages": [{"role": "user", "content": task + history}], "stream": False, "max_completion_tokens": 1000}
        text, _ = post(body)
        check("Open WebUI's " + name, "Sources" not in text, text)
    # Its own retrieval puts what a file says into the prompt, and what its filters do not know is passed on.
    rag = "### Task:\nRespond to the user query using the provided context, incorporating inline citations in the format [id].\n<context>\n<source id=\"1\" name=\"a.pdf\">Indexes are kept.</source>\n</context>\n"
    text, _ = post({"model": "panther", "messages": [{"role": "system", "content": rag}, *ask], "stream": True, "temperature": 0.7, "top_p": 0.9, "seed": 1, "stop": ["</s>"], "user": "eva", "metadata": {"chat_id": "c1"}})
    check("Open WebUI's file", "WHERE clause" in text, text)
    parts = [{"type": "text", "text": "a picture"}, {"type": "image_url", "image_url": {"url": "data:image/png;base64,UE5H"}}]
    text, _ = post({"model": "panther", "messages": [{"role": "user", "content": parts}], "stream": True})
    check("Open WebUI's image", "I see an image" in text, text)
    with urllib.request.urlopen(base + "/models") as r:
        check("Open WebUI's models", {"id", "object", "owned_by"} <= json.load(r)["data"][0].keys(), "")


through_litellm()
as_open_webui()
print("LiteLLM and the requests of Open WebUI work")
