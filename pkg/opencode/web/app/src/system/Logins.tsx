import { useQuery, useQueryClient } from "@tanstack/react-query"
import { api, path } from "../api/client"
import type { Login } from "../api/types"
import { Fault } from "../shell/Fault"
import { fail, say } from "../shell/toast"
import { moment, t } from "../text"

/** browser names what a browser calls itself, shortly. */
function browser(agent: string): string {
  const name = /(Edg|OPR|Firefox|Chrome|Safari)\//.exec(agent)?.[1] ?? agent.slice(0, 40)
  const on = /(iPhone|iPad|Android|Windows|Macintosh|Linux)/.exec(agent)?.[1]
  return on ? `${name === "Edg" ? "Edge" : name === "OPR" ? "Opera" : name}, ${on}` : name
}

/** The browsers that were let in. */
export function Logins() {
  const client = useQueryClient()
  const found = useQuery({ queryKey: ["logins"], queryFn: ({ signal }) => api<Login[] | { logins: Login[] }>("GET", "/panther/v1/logins", undefined, signal) })
  const list = Array.isArray(found.data) ? found.data : (found.data?.logins ?? [])
  const revoke = async (id: string) => {
    try {
      await api("DELETE", path("panther", "v1", "logins", id))
      say(t.revoked)
    } catch (e) {
      fail(e)
    }
    await client.invalidateQueries({ queryKey: ["logins"] })
  }
  return (
    <section className="group">
      <h2>{t.logins}</h2>
      {found.error && <Fault error={found.error} retry={() => void found.refetch()} />}
      {found.isSuccess && !list.length && <p className="soft">{t.noLogins}</p>}
      <ul className="models">
        {list.map((l) => (
          <li key={l.id}>
            <div>
              <b>{browser(l.browser)}</b>
              <p className="small soft">
                {l.owner} · {l.remote ? t.elsewhere : t.thisMachine} · {t.until(moment(l.expires))}
              </p>
            </div>
            <button type="button" className="button danger" onClick={() => void revoke(l.id)}>
              {t.revoke}
            </button>
          </li>
        ))}
      </ul>
    </section>
  )
}
