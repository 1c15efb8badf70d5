import { Screen } from "../shell/Screen"
import { t } from "../text"

export default function Source() {
  return <Screen title={t.library}>{null}</Screen>
}
