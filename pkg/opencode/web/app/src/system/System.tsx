import { Screen } from "../shell/Screen"
import { t } from "../text"

export default function System() {
  return <Screen title={t.system}>{null}</Screen>
}
