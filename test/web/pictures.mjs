// Pictures of the screens for docs/page, made by `test/web.sh pictures`.
import { mkdirSync } from "node:fs"
import { chromium } from "playwright-core"
import { desk, fresh, idle, Local, phone, Server } from "./harness.mjs"

const [, , folder] = process.argv
mkdirSync(folder, { recursive: true })
const [server, local] = await Promise.all([new Server().start(), new Local().start()])
await local.api("POST", "/panther/v1/sources", { place: local.docs, crawl: true })
while ((await local.api("GET", "/panther/v1/overview")).documents < 4) await new Promise((ok) => setTimeout(ok, 200))
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ["--no-sandbox", "--disable-gpu", "--force-color-profile=srgb"] })

async function picture(name, view, url, act = async () => {}) {
  const context = await browser.newContext({ reducedMotion: "reduce", ...view, deviceScaleFactor: 1 })
  const page = await context.newPage()
  await page.goto(url)
  await act(page)
  await page.waitForTimeout(400)
  await page.screenshot({ path: `${folder}/${name}.png` })
  await context.close()
}

const dark = { ...desk, colorScheme: "dark" }
const asked = (question, then = async () => {}) => async (p) => {
  await fresh(p, { url: new URL(p.url()).origin }, question)
  await p.waitForSelector("article.answer .cards a")
  await idle(p)
  await then(p)
}
await picture("start", phone, local.url, (p) => p.waitForSelector(".starters"))
await picture("answer", phone, server.url, asked("How do I make a partial index, slowly?", (p) => p.$eval(".log", (e) => (e.scrollTop = 0))))
await picture("answer-dark", dark, server.url, asked("How do I make a partial index, slowly?"))
await picture("reader", desk, local.url, asked("How do I steer a boat by the rudder?", async (p) => {
  await p.locator("article.answer .chip").first().click()
  await p.waitForSelector(".beside [data-marked]")
}))
await picture("search", desk, `${local.url}/search?q=sail+by+the+wind`, (p) => p.waitForSelector(".hit"))
await picture("library", phone, `${local.url}/library`, (p) => p.waitForSelector(".sources .card"))
await picture("source", desk, `${local.url}/library/docs`, (p) => p.waitForSelector(".pages li"))
await picture("system", desk, `${local.url}/system`, (p) => p.waitForSelector(".units"))
await picture("memories", phone, `${local.url}/memories`, (p) => p.waitForSelector(".empty"))
await browser.close()
await Promise.all([server.kill("SIGTERM"), local.kill("SIGTERM")])
process.exit(0)
