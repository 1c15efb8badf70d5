import { useQuery } from "@tanstack/react-query"
import { useState } from "react"
import { api } from "../api/client"
import { overviewQuery } from "../api/queries"
import type { System as Sys } from "../api/types"
import { useStore } from "../live/store"
import { Fault } from "../shell/Fault"
import { Choices, Menu } from "../shell/Menu"
import { Screen } from "../shell/Screen"
import { setTheme, theme } from "../shell/theme"
import { t } from "../text"
import { Doctor } from "./Doctor"
import { Graph } from "./Graph"
import { Journal } from "./Journal"
import { Logins } from "./Logins"
import { Models } from "./Models"
import { Spend } from "./Spend"
import { Stock } from "./Stock"
import "../library/library.css"
import "./system.css"

const often = 3_000

/** How the machine is: what runs, what is missing, what it costs and who is let in. */
export default function System() {
  const found = useQuery({ queryKey: ["system"], queryFn: ({ signal }) => api<Sys>("GET", "/panther/v1/system", undefined, signal), refetchInterval: often })
  const overview = useQuery(overviewQuery).data
  const chosen = useStore(theme)
  const [unit, setUnit] = useState<string | null>(null)
  const s = found.data
  return (
    <Screen
      title={t.system}
      bar={
        <Menu label={t.theme} icon="sun">
          <Choices
            value={chosen || "auto"}
            onChange={(v) => setTheme(v === "auto" ? "" : v)}
            options={[
              { value: "auto", label: t.themeAuto, icon: "system" },
              { value: "light", label: t.themeLight, icon: "sun" },
              { value: "dark", label: t.themeDark, icon: "moon" },
            ]}
          />
        </Menu>
      }
    >
      {found.error && <Fault error={found.error} retry={() => void found.refetch()} />}
      {s && (
        <>
          <Graph s={s} onUnit={overview?.operator ? setUnit : undefined} />
          {unit && <Journal unit={unit} onClose={() => setUnit(null)} />}
        </>
      )}
      <Doctor />
      {s && <Stock s={s} overview={overview} />}
      <Models />
      <Spend />
      <Logins />
      {s && (
        <p className="small soft">
          {t.version(s.version)} · {s.access} ·{" "}
          <a href="/web/licences.txt" target="_blank">
            {t.licences}
          </a>
        </p>
      )}
    </Screen>
  )
}
