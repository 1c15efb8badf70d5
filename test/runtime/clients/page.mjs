// The web page in a real browser of a phone's size: ask, watch the answer come,
// follow its citations, and go on after the server was killed. Pictures go to
// SHOTS if it is set.
import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import puppeteer from "puppeteer-core"

const { SERVE, DIR, CHROMIUM, SHOTS } = process.env
let server, url, port = 0
function start() {
  server = spawn(SERVE, ["-dir", DIR, "-listen", "127.0.0.1:" + port], { stdio: ["ignore", "pipe", "inherit"] })
  return new Promise((ok) => server.stdout.once("data", (b) => { url = b.toString().trim(); port = new URL(url).port; ok() }))
}
await start()
const browser = await puppeteer.launch({ executablePath: CHROMIUM, args: ["--no-sandbox", "--disable-gpu", "--force-color-profile=srgb"] })
let failed
try {
  const page = await browser.newPage()
  await page.setViewport({ width: 390, height: 844, deviceScaleFactor: 2, isMobile: true, hasTouch: true })
  const faults = []
  page.on("pageerror", (e) => faults.push(String(e)))
  page.on("console", (m) => { if (m.type() === "error" && !/Failed to load resource|ERR_/.test(m.text())) faults.push(m.text()) })
  const shot = async (name) => { if (SHOTS) await page.screenshot({ path: `${SHOTS}/${name}.png` }) }
  const answer = () => page.$$eval("article.answer", (l) => (l.length ? l[l.length - 1].innerText : ""))
  const ask = async (text) => { await page.type("#ask", text); await page.tap("#send") }
  const until = (f, ...args) => page.waitForFunction(f, { timeout: 120000 }, ...args)

  await page.goto(url)
  await page.waitForSelector("#hello:not([hidden])")
  await shot("1-hello")
  await ask("How do I make a partial index, slowly?")
  await until(() => /covers only/.test(document.querySelector("article.answer")?.innerText || ""))
  const early = await answer()
  await shot("2-streaming")
  assert.ok(!early.includes("expression indexes"), "the answer came at once, not as a stream")
  await until(() => document.querySelector("article.answer .sources a"))
  const whole = await answer()
  assert.ok(whole.includes("expression indexes") && whole.includes("81,000"), whole)
  await shot("3-answer")
  await page.$eval("#log", (e) => { e.scrollTop = 0 })
  await shot("3-answer-top")
  assert.equal(await page.$eval("article.answer a.cite", (a) => a.href), "https://docs.test.io/partial#partial-indexes")
  assert.equal(await page.$$eval("article.answer pre code", (l) => l.length), 1)
  assert.ok(await page.$eval("html", (e) => e.scrollWidth <= innerWidth), "the page is wider than the phone")

  // The server is killed in the middle of an answer; the page goes on by itself.
  await ask("And for views, slowly?")
  await until(() => /covers only/.test([...document.querySelectorAll("article.answer")].at(-1)?.innerText || "") && document.querySelectorAll("article.answer").length === 2)
  server.kill("SIGKILL")
  await until(() => /lost|trying/i.test(document.querySelector("#state").innerText))
  await shot("4-lost")
  await start()
  await until(() => document.querySelectorAll("article.answer")[1]?.querySelector(".fault"))
  assert.ok((await answer()).includes("covers only"), "the text of the interrupted answer is gone")
  await shot("5-back")
  await ask("Again, please")
  await until(() => /WHERE clause/.test([...document.querySelectorAll("article.answer")].at(-1)?.innerText || ""))
  await until(() => document.querySelector("#send").getAttribute("aria-label") === "Ask")
  assert.equal(await page.$$eval("article.user", (l) => l.length), 3)

  // The list of conversations, and the dark scheme.
  await page.tap("#menu")
  await page.waitForSelector("#side li .open")
  await shot("6-list")
  await page.tap("#menu")
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: "dark" }])
  await shot("7-dark")
  await page.reload()
  await until(() => document.querySelectorAll("article.answer").length === 3)
  assert.deepEqual(faults, [])
  console.log("ok web page in Chromium")
} catch (e) {
  failed = e
} finally {
  await browser.close()
  server.kill("SIGTERM")
}
if (failed) { console.error(failed); process.exit(1) }
process.exit(0)
