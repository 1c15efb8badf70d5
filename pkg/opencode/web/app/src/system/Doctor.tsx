import { useQuery } from "@tanstack/react-query"
import { api } from "../api/client"
import type { Check, Checkup } from "../api/types"
import { Fault } from "../shell/Fault"
import { Icon } from "../shell/icons"
import { t } from "../text"

const order = ["problem", "warning", "ok"]

/** What panther doctor says, the gravest first. */
export function Doctor() {
  const found = useQuery({ queryKey: ["doctor"], queryFn: ({ signal }) => api<Checkup>("GET", "/panther/v1/system/doctor", undefined, signal), staleTime: 60_000 })
  const checks = [...(found.data?.checks ?? [])].sort((a, b) => order.indexOf(a.verdict) - order.indexOf(b.verdict))
  const wrong = checks.filter((c) => c.verdict !== "ok")
  const right = checks.filter((c) => c.verdict === "ok")
  return (
    <section className="group">
      <h2>{t.doctor}</h2>
      {found.error && <Fault error={found.error} retry={() => void found.refetch()} />}
      {found.isPending && <p className="soft">{t.loading}</p>}
      {found.data && !wrong.length && <p>{t.healthy}</p>}
      <ul className="checks">
        {wrong.map((c) => (
          <Row key={c.name} c={c} />
        ))}
      </ul>
      {right.length > 0 && (
        <details className="runs">
          <summary>{t.checksPassed(right.length)}</summary>
          <ul className="checks">
            {right.map((c) => (
              <Row key={c.name} c={c} />
            ))}
          </ul>
        </details>
      )}
    </section>
  )
}

function Row({ c }: { c: Check }) {
  return (
    <li data-verdict={c.verdict}>
      <Icon name={c.verdict === "ok" ? "check" : "warn"} />
      <div>
        <b>{c.name}</b> {c.reason}
        {c.hint && <p className="small soft hint">{c.hint}</p>}
      </div>
    </li>
  )
}
