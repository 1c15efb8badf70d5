import { useQuery } from "@tanstack/react-query"
import { useNavigate, useSearch } from "@tanstack/react-router"
import { useEffect } from "react"
import { overviewQuery } from "../api/queries"
import { send } from "../live/outbox"
import { useTitle } from "../shell/title"
import { t } from "../text"
import { Composer, type Question } from "./Composer"
import { useDraft } from "./drafts"
import { Frame } from "./Frame"
import { Outgoing } from "./Outgoing"
import { Permissions } from "./Permissions"
import { Known } from "./Known"

const nowhere: string[] = []

/** The start: what is known, and the question box. */
export function Home() {
  const { q } = useSearch({ from: "/" })
  const navigate = useNavigate()
  const [draft, setDraft] = useDraft("new")
  const overview = useQuery(overviewQuery)
  useTitle(t.app)
  useEffect(() => {
    if (q) setDraft(q)
  }, [q, setDraft])
  const ask = (question: Question) =>
    void send({ session: "", ...question }, (id) => {
      if (location.pathname === "/") void navigate({ to: "/c/$id", params: { id } })
    })
  return (
    <Frame title={<span className="unseen">{t.ask}</span>}>
      <div className="log" tabIndex={0} role="region" aria-label={t.ask}>
        <div className="hello">
          <img src="/web/icon.svg" alt="" width="64" height="64" />
          <h2>{t.greeting}</h2>
          <Known overview={overview.data} onAsk={(text) => ask({ parts: [{ type: "text", text }] })} />
        </div>
        <div className="turns">
          <Outgoing of="" there={nowhere} />
          <Permissions of="" />
        </div>
      </div>
      <Composer draft={draft} setDraft={setDraft} busy={false} onSend={ask} focus />
    </Frame>
  )
}
