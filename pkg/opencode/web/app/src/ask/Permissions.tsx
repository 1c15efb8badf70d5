import { Link } from "@tanstack/react-router"
import { useState } from "react"
import { permissions, type Reply, reply } from "../live/permissions"
import { useStore } from "../live/store"
import type { PermissionRequest } from "../api/types"
import { fail } from "../shell/toast"
import { t } from "../text"

const replies: [Reply, string, string][] = [
  ["once", t.permitOnce, "button primary"],
  ["always", t.permitAlways, "button"],
  ["reject", t.permitNo, "button"],
]

/** What waits for a yes or a no: of this conversation as cards, of others as a line. */
export function Permissions({ of }: { of: string }) {
  const all = useStore(permissions)
  const here = all.filter((p) => p.sessionID === of || p.metadata.root === of)
  const others = [...new Set(all.filter((p) => !here.includes(p)).map((p) => p.sessionID))]
  return (
    <>
      {others.length > 0 && (
        <p className="elsewhere">
          <Link to="/c/$id" params={{ id: others[0]! }}>
            {t.permitElsewhere(others.length)}
          </Link>
        </p>
      )}
      {here.map((p) => (
        <Card key={p.id} request={p} />
      ))}
    </>
  )
}

function Card({ request }: { request: PermissionRequest }) {
  const [sent, setSent] = useState(false)
  const input = request.metadata.input as Record<string, unknown> | undefined
  const answer = async (r: Reply) => {
    setSent(true)
    try {
      await reply(request.id, r)
    } catch (e) {
      setSent(false)
      fail(e)
    }
  }
  return (
    <section className="card permission" role="alertdialog" aria-label={t.permit(words(request.permission))}>
      <h3>{t.permit(words(request.permission))}</h3>
      {request.patterns.length > 0 && <p className="what">{request.patterns.join(", ")}</p>}
      {input && Object.keys(input).length > 0 && (
        <details>
          <summary>{t.permitDetails}</summary>
          <pre tabIndex={0}>{JSON.stringify(input, null, 2).slice(0, 4000)}</pre>
        </details>
      )}
      <p className="row">
        {replies.map(([r, label, className]) => (
          <button key={r} type="button" className={className} disabled={sent} onClick={() => void answer(r)}>
            {label}
          </button>
        ))}
      </p>
    </section>
  )
}

export const words = (tool: string) => tool.replace(/[_-]+/g, " ")
