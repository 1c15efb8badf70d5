import { Link } from "@tanstack/react-router"
import type { Part } from "../api/types"
import { Icon } from "../shell/icons"
import { Markdown } from "../markdown/Markdown"
import { t } from "../text"
import { words } from "./Permissions"

interface Task {
  description: string
  status: string
  sessionID?: string
}

/** What was done on the way to an answer: one line that folds open. */
export function Work({ parts, running }: { parts: Part[]; running: boolean }) {
  const tools = parts.filter((p) => p.type === "tool" && p.tool !== "task") // those are for other clients: delegate has them
  const thoughts = parts.filter((p) => p.type === "reasoning" && p.text)
  if (!tools.length && !thoughts.length) return null
  const now = tools.findLast((p) => p.state?.status === "running" || p.state?.status === "pending") ?? (running ? tools.at(-1) : undefined)
  const failed = tools.some((p) => p.state?.status === "error")
  const line = running && now ? `${words(now.tool ?? "")}${now.state?.title ? `: ${now.state.title}` : ""}` : t.steps(tools.length + thoughts.length)
  return (
    <details className="work">
      <summary>
        {running ? <span className="pulse" /> : <Icon name={failed ? "warn" : "check"} />}
        <span>{line}</span>
      </summary>
      <ol>
        {thoughts.map((p) => (
          <li key={p.id}>
            <b>{t.reasoning}</b>
            <Markdown text={p.text ?? ""} />
          </li>
        ))}
        {tools.map((p) => (
          <Step key={p.id} part={p} />
        ))}
      </ol>
    </details>
  )
}

function Step({ part }: { part: Part }) {
  const s = part.state
  const tasks = (s?.metadata?.tasks as Task[] | undefined) ?? []
  return (
    <li data-fault={s?.status === "error" || undefined}>
      <b>{words(part.tool ?? "")}</b> <span className="soft">{s?.status === "error" ? (s.error ?? t.toolFailed) : s?.status === "completed" ? s.title : t.toolRunning}</span>
      {tasks.length > 0 && (
        <ul>
          {tasks.map((k, i) => (
            <li key={i}>
              {k.sessionID ? (
                <Link to="/c/$id" params={{ id: k.sessionID }} title={t.subagent}>
                  {k.description}
                </Link>
              ) : (
                k.description
              )}{" "}
              <span className="soft">{k.status}</span>
            </li>
          ))}
        </ul>
      )}
      {s?.output && <pre tabIndex={0}>{s.output.slice(0, 6000)}</pre>}
    </li>
  )
}
