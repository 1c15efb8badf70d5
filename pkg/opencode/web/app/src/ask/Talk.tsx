import { useNavigate, useParams, useSearch } from "@tanstack/react-router"
import { useMemo, useState } from "react"
import { api, path } from "../api/client"
import type { Session } from "../api/types"
import type { Conversation, Entry } from "../live/conversation"
import { useConversation } from "../live/open"
import { send } from "../live/outbox"
import { useStore } from "../live/store"
import { ConversationMenu } from "../conversations/ConversationMenu"
import { Fault } from "../shell/Fault"
import { Icon } from "../shell/icons"
import { useTitle } from "../shell/title"
import { fail, say } from "../shell/toast"
import { t } from "../text"
import { Composer, type Question } from "./Composer"
import { useDraft } from "./drafts"
import { Frame } from "./Frame"
import { Log } from "./Log"
import { Outgoing } from "./Outgoing"
import { Permissions } from "./Permissions"
import type { Deeds } from "./Turn"

export function Talk() {
  const { id } = useParams({ from: "/c/$id" })
  const c = useConversation(id)
  const session = useStore(c.session)
  const phase = useStore(c.phase)
  const title = session?.title ?? ""
  useTitle(title)
  return (
    <Frame title={<bdi>{title || t.app}</bdi>} at={id} bar={session && <ConversationMenu session={session} here />}>
      {phase === "missing" ? (
        <div className="empty">
          <Icon name="ask" />
          <h2>{t.gone}</h2>
          <p>{t.goneHint}</p>
        </div>
      ) : phase === "failed" ? (
        <div className="scroll">
          <Fault error={new Error(c.fault)} retry={() => void c.load()} />
        </div>
      ) : (
        <Open key={id} c={c} />
      )}
    </Frame>
  )
}

function Open({ c }: { c: Conversation }) {
  const { m: target } = useSearch({ from: "/c/$id" })
  const navigate = useNavigate()
  const busy = useStore(c.busy)
  const note = useStore(c.note)
  const phase = useStore(c.phase)
  const order = useStore(c.order)
  const [draft, setDraft] = useDraft(c.id)
  const [editing, setEditing] = useState("")

  const deeds = useMemo<Deeds>(() => {
    const fork = async (question: string, q: Question) => {
      try {
        const s = await api<Session>("POST", path("session", c.id, "fork"), { messageID: question })
        send({ session: s.id, ...q })
        void navigate({ to: "/c/$id", params: { id: s.id } })
      } catch (e) {
        fail(e)
      }
    }
    return {
      again: (answer) => {
        const q = answer.info.parentID ? c.entry(answer.info.parentID).get() : undefined
        if (q) void fork(q.info.id, { parts: repeat(q) })
      },
      edit: (q) => {
        setEditing(q.info.id)
        setDraft(repeat(q).map((p) => p.text ?? "").join("\n\n").trim())
      },
      goOn: () => void send({ session: c.id, parts: [{ type: "text", text: t.goOnPrompt }] }),
      rate: async (answer, good) => {
        try {
          await api("POST", path("session", c.id, "message", answer.info.id, "feedback"), { good })
          say(good ? t.thanks : t.noted)
        } catch (e) {
          fail(e)
        }
      },
      link: (id) => `${location.origin}/c/${c.id}?m=${id}`,
    }
  }, [c, navigate, setDraft])

  const ask = async (q: Question) => {
    if (!editing) {
      send({ session: c.id, ...q })
      return
    }
    try {
      const s = await api<Session>("POST", path("session", c.id, "fork"), { messageID: editing })
      setEditing("")
      send({ session: s.id, ...q })
      void navigate({ to: "/c/$id", params: { id: s.id } })
    } catch (e) {
      fail(e)
      setDraft(q.parts[0]?.text ?? "")
    }
  }
  const stop = () => api("POST", path("session", c.id, "abort")).catch(fail)
  const lost = target !== undefined && phase === "ready" && !order.includes(target)
  return (
    <>
      <Log c={c} deeds={deeds} target={target}>
        <Outgoing of={c.id} there={order} />
        <Permissions of={c.id} />
        {phase === "loading" && <p className="soft">{t.loading}</p>}
        {lost && <p className="soft">{t.goneMessage}</p>}
      </Log>
      <div>
        <p className="state" role="status" data-busy={busy || undefined}>
          {busy && <span className="pulse" />}
          {busy ? note || t.working : ""}
        </p>
        <Composer
          draft={draft}
          setDraft={setDraft}
          busy={busy}
          onSend={(q) => void ask(q)}
          onStop={() => void stop()}
          focus
          above={
            editing && (
              <p className="editing">
                <span>{t.editing}</span>
                <button
                  type="button"
                  className="button"
                  onClick={() => {
                    setEditing("")
                    setDraft("")
                  }}
                >
                  {t.cancel}
                </button>
              </p>
            )
          }
        />
      </div>
    </>
  )
}

/** repeat returns what a question said, to be asked again. */
function repeat(q: Entry) {
  return q.parts
    .filter((p) => (p.type === "text" && !p.synthetic) || p.type === "file")
    .map((p) => (p.type === "file" ? { type: "file", mime: p.mime, filename: p.filename, url: p.url } : { type: "text", text: p.text }))
}
