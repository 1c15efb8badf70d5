// Starts a runtime with a scripted model, and Chromium, and runs checks. A check that fails is told at the end, and the
// others go on. SHOTS=FOLDER keeps pictures of those that failed.
import { spawn } from "node:child_process"
import { mkdtempSync } from "node:fs"
import { chromium } from "playwright-core"

const { SERVE, DIR, CHROMIUM, SHOTS, ONLY } = process.env
export const patience = 40_000

export class Server {
  #port = 0
  constructor(...flags) {
    this.flags = flags
    this.dir = mkdtempSync(`${DIR}/s`)
  }
  async start() {
    this.process = spawn(SERVE, ["-dir", this.dir, "-listen", `127.0.0.1:${this.#port}`, ...this.flags], { stdio: ["ignore", "pipe", "inherit"] })
    this.url = await new Promise((ok, no) => {
      this.process.stdout.once("data", (b) => ok(b.toString().trim()))
      this.process.once("exit", (code) => no(new Error(`the server ended with ${code}`)))
    })
    this.#port = new URL(this.url).port
    return this
  }
  async kill(signal = "SIGKILL") {
    const ended = new Promise((ok) => this.process.once("exit", ok))
    this.process.removeAllListeners("exit")
    this.process.once("exit", () => {})
    const gone = new Promise((ok) => this.process.once("exit", ok))
    this.process.kill(signal)
    await Promise.race([gone, ended])
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
