// An app on a phone: installable, readable without a network, asleep and awake again.
import assert from "node:assert/strict"
import { answers, check, desk, field, fresh, idle, phone, see, send, text } from "./harness.mjs"

const worker = (p) => p.evaluate(() => navigator.serviceWorker.ready.then(() => true))

export async function app(s) {
  await check("Chromium finds the page installable", phone, async (p, context) => {
    await p.goto(s.url)
    await worker(p)
    const cdp = await context.newCDPSession(p)
    const { errors } = await cdp.send("Page.getAppManifest")
    assert.deepEqual(errors, [])
    const { installabilityErrors } = await cdp.send("Page.getInstallabilityErrors")
    assert.deepEqual(installabilityErrors.filter((e) => e.errorId !== "in-incognito"), [])
    const m = await (await fetch(`${s.url}/web/manifest.webmanifest`)).json()
    for (const icon of m.icons) assert.equal((await fetch(s.url + icon.src)).status, 200, icon.src)
    assert.ok(m.icons.some((i) => i.purpose === "maskable"))
  })
  await check("without a network the page opens, and shows what was read", phone, async (p, context) => {
    await fresh(p, s, "How do I make a partial index?")
    await p.waitForSelector(`${answers} .cards`)
    await idle(p)
    await worker(p)
    await p.reload() // now the worker has seen what is asked
    await p.waitForSelector(answers)
    await p.locator(`${answers} .chip`).first().click()
    await p.waitForSelector(".beside .md")
    await p.goBack()
    await context.setOffline(true)
    await p.reload()
    await p.waitForSelector(answers)
    assert.match(await text(p), /WHERE clause/)
    await see(p, "You are offline")
    await p.locator(`${answers} .chip`).first().click()
    await p.waitForSelector(".beside .md")
  })
  await check("what is asked without a network goes out once when there is one", phone, async (p, context) => {
    await fresh(p, s, "Hello")
    await idle(p)
    await worker(p)
    await p.reload()
    await p.waitForSelector(answers)
    await context.setOffline(true)
    await send(p, "Asked in a tunnel")
    await see(p, "Waiting for a network")
    await p.reload()
    await see(p, "Asked in a tunnel")
    await context.setOffline(false)
    await p.waitForFunction(() => document.querySelectorAll("article.answer").length === 2)
    await idle(p)
    const list = await s.api("GET", `/session/${p.url().split("/c/")[1]}/message`)
    assert.equal(list.filter((m) => m.info.role === "user").length, 2)
  })
  await check("asleep in the middle of an answer and awake again: nothing is lost or there twice", phone, async (p, context) => {
    await fresh(p, s, "How is a partial index made while I sleep, slowly?")
    await see(p, "covers only")
    const cdp = await context.newCDPSession(p)
    await cdp.send("Page.setWebLifecycleState", { state: "frozen" })
    const id = p.url().split("/c/")[1]
    for (;;) {
      if (!(id in (await s.api("GET", "/session/status")))) break
      await new Promise((ok) => setTimeout(ok, 100))
    }
    await cdp.send("Page.setWebLifecycleState", { state: "active" })
    await p.waitForSelector(`${answers} .cards`)
    await idle(p)
    const whole = await text(p)
    for (const once of ["covers only", "How to make one", "expression indexes"]) assert.equal(whole.split(once).length, 2, once)
  })
  await check("a network that is cut in the middle of an answer", phone, async (p, context) => {
    await fresh(p, s, "How is a partial index made in a tunnel, slowly?")
    await see(p, "covers only")
    await context.setOffline(true)
    await see(p, "You are offline")
    await context.setOffline(false)
    await p.waitForSelector(`${answers} .cards`)
    await idle(p)
    const whole = await text(p)
    for (const once of ["covers only", "How to make one", "expression indexes"]) assert.equal(whole.split(once).length, 2, once)
  })
  await check("a login that has ended is said, with what to do", phone, async (p, context) => {
    await context.route("**/*", (r) => (/\/(event|session|panther)/.test(new URL(r.request().url()).pathname) ? r.fulfill({ status: 401, contentType: "application/json", body: '{"name":"UnauthorizedError","data":{"message":"no"}}' }) : r.continue()))
    await p.goto(s.url)
    await see(p, "This browser is not let in any more")
    await see(p, "panther open")
  })
  await check("what another app shares is a question, or a source to add", phone, async (p) => {
    await p.goto(`${s.url}/share?title=Index&text=What+is+it`)
    await p.waitForFunction((f) => document.querySelector(f)?.value === "Index\nWhat is it", field)
    await p.goto(`${s.url}/share?text=Look+at+https%3A%2F%2Fdocs.example.org%2Fa`)
    await p.waitForFunction(() => document.querySelector('dialog input[inputmode="url"]')?.value === "https://docs.example.org/a")
  })
  await check("a conversation of 200 messages is there at once, and its beginning too", desk, async (p) => {
    const { session } = await s.ask("Number 0")
    for (let i = 1; i < 100; i++) await s.ask(`Number ${i}`, session)
    await p.goto(s.url)
    await p.waitForSelector(field)
    const began = await p.evaluate((url) => {
      history.pushState(null, "", url)
      dispatchEvent(new PopStateEvent("popstate"))
      return performance.now()
    }, `/c/${session}`)
    await see(p, "Number 99")
    const took = (await p.evaluate(() => performance.now())) - began
    console.log(`   200 messages: ${Math.round(took)} ms from the click to the newest`)
    await p.waitForFunction(() => document.querySelectorAll("article").length === 200)
    const end = await p.$eval(".log", (e) => e.scrollHeight - e.scrollTop - e.clientHeight)
    assert.ok(end < 100, `${end} pixels from the end`)
  })
  await check("10,000 words are streamed, and a selection and the place stay", desk, async (p) => {
    await fresh(p, s, "words 10000")
    await see(p, "Paragraph 12.")
    await p.$eval(".log", (e) => (e.scrollTop = 0))
    await p.evaluate(() => {
      const at = [...document.querySelectorAll("article.answer p")].find((x) => x.textContent.startsWith("Paragraph 3."))
      getSelection().selectAllChildren(at)
      window.frames_ = { worst: 0, n: 0, slow: 0, last: performance.now() }
      const tick = () => {
        const now = performance.now()
        const took = now - window.frames_.last
        window.frames_.last = now
        window.frames_.n++
        if (took > 34) window.frames_.slow++
        window.frames_.worst = Math.max(window.frames_.worst, took)
        requestAnimationFrame(tick)
      }
      requestAnimationFrame(tick)
    })
    await see(p, "That is all.")
    assert.match(await p.evaluate(() => getSelection().toString()), /^Paragraph 3\./)
    assert.equal(await p.$eval(".log", (e) => e.scrollTop), 0)
    const f = await p.evaluate(() => window.frames_)
    console.log(`   10,000 words: ${f.n} frames, ${f.slow} later than 34 ms, worst ${Math.round(f.worst)} ms`)
    await p.click('button[aria-label="To the newest"]')
    await p.waitForFunction(() => document.querySelector(".log").scrollTop > 100)
  })
}
