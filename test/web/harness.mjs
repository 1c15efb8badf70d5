// Starts a runtime with a scripted model, and Chromium, and runs checks. A check that fails is told at the end, and the
// others go on. SHOTS=FOLDER keeps pictures of those that failed.
import { spawn } from "node:child_process"
import { mkdtempSync } from "node:fs"
import { chromium } from "playwright-core"

const { SERVE, PANTHER, DIR, CHROMIUM, SHOTS, ONLY } = process.env
export const patience = 40_000

const running = new Set()
process.on("exit", () => running.forEach((p) => p.kill("SIGKILL"))) // also where something failed

export class Server {
  #port = 0
  constructor(...flags) {
    this.flags = flags
    this.dir = mkdtempSync(`${DIR}/s`)
  }
  async start() {
    this.process = spawn(SERVE, ["-dir", this.dir, "-listen", `127.0.0.1:${this.#port}`, ...this.flags], { stdio: ["ignore", "pipe", "inherit"] })
    running.add(this.process)
    this.url = await new Promise((ok, no) => {
      this.process.stdout.once("data", (b) => ok(b.toString().trim()))
      this.process.once("exit", (code) => no(new Error(`the server ended with ${code}`)))
    })
    this.#port = new URL(this.url).port
    return this
  }
  async kill(signal = "SIGKILL") {
    const gone = new Promise((ok) => this.process.once("exit", ok))
    this.process.kill(signal)
    await gone
  }
  async api(method, path, body) {
    const r = await fetch(this.url + path, { method, headers: { "Content-Type": "application/json" }, body: body && JSON.stringify(body) })
    const text = await r.text()
    if (!r.ok) throw new Error(`${method} ${path}: ${r.status} ${text}`)
    return text ? JSON.parse(text) : null
  }
  async ask(text, session) {
    session ??= (await this.api("POST", "/session", {})).id
    const answer = await this.api("POST", `/session/${session}/message`, { parts: [{ type: "text", text }] })
    return { session, answer }
  }
}

const guide = (version, extra) => `# Guide to sailing ${version}

How a boat is sailed from the harbour to the open sea.

## Leaving the harbour

Loosen the ropes, raise the sail and steer by the wind.

${extra}

## Steering

The rudder turns the boat; \`steer(angle)\` takes degrees.

| Wind | Sail |
|---|---|
| weak | whole |
| strong | reefed |

## Coming back

Lower the sail early. The formula of the hull's speed is $v = 1.34 \\sqrt{l}$, with the length in feet.
`

/** A `panther local` with a folder of documents, some in two versions. */
export class Local extends Server {
  async start() {
    const { mkdirSync, writeFileSync } = await import("node:fs")
    this.docs = `${this.dir}/docs`
    for (const [path, text] of Object.entries({
      "1.0/guide.md": guide("1.0", "Wait for the tide."),
      "2.0/guide.md": guide("2.0", "The tide does not matter any more."),
      "knots.md": "# Knots\n\nA bowline makes a loop that holds.\n\n## Bowline\n\nMake a small loop, bring the end up through it, around the rope and back down.\n\n## Clove hitch\n\nTwo turns around a pole.\n",
      "hostile.md": "# Pirates\n\n<img src=https://far.example/x onerror=alert(1)> <script>alert(2)</script> Pirates board at night. ![x](https://far.example/y)\n",
      "picture.xyz": "no text",
    })) {
      mkdirSync(`${this.docs}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true })
      writeFileSync(`${this.docs}/${path}`, text)
    }
    const config = `${this.dir}/config`
    mkdirSync(`${config}/panther`, { recursive: true })
    this.port ??= await free()
    writeFileSync(`${config}/panther/opencode.toml`, `version = 1\nlisten = "127.0.0.1:${this.port}"\n`)
    const env = { ...process.env, HOME: this.dir, XDG_CONFIG_HOME: config, XDG_STATE_HOME: `${this.dir}/state`, XDG_CACHE_HOME: `${this.dir}/cache` }
    this.url = `http://127.0.0.1:${this.port}`
    this.process = spawn(PANTHER, ["local"], { env, stdio: ["ignore", "ignore", "ignore"] })
    running.add(this.process)
    for (;;) {
      if (this.process.exitCode !== null) throw new Error(`panther local ended with ${this.process.exitCode}`)
      if (await fetch(`${this.url}/readyz`).then((r) => r.ok, () => false)) return this
      await new Promise((ok) => setTimeout(ok, 100))
    }
  }
}

async function free() {
  const { createServer } = await import("node:net")
  const s = createServer()
  await new Promise((ok) => s.listen(0, "127.0.0.1", ok))
  const { port } = s.address()
  await new Promise((ok) => s.close(ok))
  return port
}

export const phone = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true }
export const desk = { viewport: { width: 1280, height: 800 } }

let browser
const results = []
const skipped = ONLY ? new RegExp(ONLY) : null

/** check runs one check with a page of its own. A message in the console that is no 404 of the network fails it. */
export async function check(name, options, run) {
  if (skipped && !skipped.test(name)) return
  browser ??= await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox", "--disable-gpu", "--force-color-profile=srgb"] })
  const context = await browser.newContext({ reducedMotion: "reduce", ...options })
  context.setDefaultTimeout(patience)
  const page = await context.newPage()
  const faults = []
  const watch = (p) => {
    p.on("pageerror", (e) => faults.push(String(e)))
    p.on("console", (m) => m.type() === "error" && !/Failed to load resource|ERR_/.test(m.text()) && faults.push(m.text()))
  }
  watch(page)
  context.on("page", watch)
  try {
    await run(page, context)
    if (faults.length) throw new Error(`the console says ${faults.join(" | ").slice(0, 800)}`)
    results.push(null)
    console.log(`ok ${name}`)
  } catch (e) {
    results.push(name)
    console.log(`FAILED ${name}\n  ${String(e.stack).replaceAll("\n", "\n  ").slice(0, 2000)}`)
    if (SHOTS) await page.screenshot({ path: `${SHOTS}/${name.replace(/\W+/g, "-")}.png` }).catch(() => {})
  } finally {
    await context.close()
  }
}

export async function finish(...servers) {
  await browser?.close()
  for (const s of servers) await s.kill("SIGTERM").catch(() => {})
  const failed = results.filter(Boolean)
  console.log(`${results.length - failed.length} of ${results.length} checks of the page passed`)
  process.exit(failed.length ? 1 : 0)
}

// What several checks do.
export const field = "textarea"
export const answers = "article.answer"
export const send = (p, text) => p.fill(field, text).then(() => p.press(field, "Enter"))
export const idle = (p) => p.waitForFunction(() => !document.querySelector(".state[data-busy]") && document.querySelector("article.answer"))
export const text = (p, n = -1) => p.$$eval(answers, (l, n) => l.at(n)?.innerText ?? "", n)
export const see = (p, words) => p.waitForFunction((w) => document.body.innerText.includes(w), words)
export async function fresh(p, server, question) {
  await p.goto(server.url)
  await send(p, question)
  await p.waitForURL(/\/c\//)
}
