// Asks the runtime with the AI SDK, unmodified: by its OpenAI provider, which speaks responses, and by the one for
// compatible servers, which speaks chat completions. test/chat-clients.sh runs it.
import { generateObject, generateText, stepCountIs, streamText, tool } from 'ai'
import { createOpenAI } from '@ai-sdk/openai'
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { z } from 'zod'

const baseURL = process.env.URL + '/v1'
const check = (what, ok, got) => { if (!ok) { console.error(what, JSON.stringify(got)); process.exit(1) } }
for (const [name, model] of [
  ['openai', createOpenAI({ baseURL, apiKey: 'x' })('panther')],
  ['openai-compatible', createOpenAICompatible({ name: 'panther', baseURL, supportsStructuredOutputs: true })('panther')],
]) {
  const s = streamText({ model, prompt: 'how do I make a partial index?' })
  let text = ''
  for await (const t of s.textStream) text += t
  check(name + ' stream', text.includes('WHERE clause [1]') && (await s.finishReason) === 'stop', text)
  const tools = { get_weather: tool({ description: 'the weather', inputSchema: z.object({ city: z.string() }), execute: async () => 'sunny' }) }
  const t = await generateText({ model, prompt: 'weather in Rome?', tools, stopWhen: stepCountIs(3) })
  check(name + ' tool', t.text.startsWith('It is') && t.text.includes('sunny') && t.steps.length === 2, t.text)
  const o = await generateObject({ model, prompt: 'json please', schema: z.object({ city: z.string(), n: z.number() }) })
  check(name + ' object', o.object.city === 'Rome' && o.object.n === 3, o.object)
  const e = await generateText({ model, prompt: 'too much', maxRetries: 0 }).then(() => null, (e) => e)
  check(name + ' error', e?.statusCode === 429 && e.message.includes('slow down'), e)
  console.log('ok AI SDK, ' + name)
}
