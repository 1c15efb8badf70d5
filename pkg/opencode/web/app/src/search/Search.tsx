import { Screen } from "../shell/Screen"
import { t } from "../text"

export default function Search() {
  return <Screen title={t.search}>{null}</Screen>
}
