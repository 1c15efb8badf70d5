import { useQuery } from "@tanstack/react-query"
import { api } from "../api/client"
import type { Spend as Spent } from "../api/types"
import { Fault } from "../shell/Fault"
import { money, t } from "../text"

/** What models have cost, by day. */
export function Spend() {
  const found = useQuery({ queryKey: ["spend"], queryFn: ({ signal }) => api<Spent>("GET", "/panther/v1/spend?days=30", undefined, signal) })
  const s = found.data
  const days = Map.groupBy(s?.days ?? [], (d) => d.day)
  const most = Math.max(...[...days.values()].map((l) => l.reduce((n, d) => n + d.cost, 0)), 0)
  return (
    <section className="group">
      <h2>{t.spend}</h2>
      {found.error && <Fault error={found.error} retry={() => void found.refetch()} />}
      {s && (
        <p className="num">
          {t.spent(money(s.cost), s.tokens.input + s.tokens.output)} {t.spentToday(money(s.today), s.limit ? money(s.limit) : "")}
        </p>
      )}
      {days.size > 0 && (
        <div className="table" tabIndex={0} role="region" aria-label={t.spend}>
          <table className="num">
            <thead>
              <tr>
                <th scope="col">{t.day}</th>
                <th scope="col">{t.model}</th>
                <th scope="col">{t.answersCount}</th>
                <th scope="col">{t.tokensCount}</th>
                <th scope="col">{t.cost}</th>
                <th scope="col">
                  <span className="unseen">{t.share}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {s!.days.slice(0, 60).map((d) => (
                <tr key={d.day + d.model}>
                  <td>{d.day}</td>
                  <td>{d.model}</td>
                  <td>{d.answers.toLocaleString()}</td>
                  <td>{(d.tokens.input + d.tokens.output).toLocaleString()}</td>
                  <td>{money(d.cost)}</td>
                  <td>{most > 0 && <meter max={most} value={d.cost} aria-label={money(d.cost)} />}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  )
}
