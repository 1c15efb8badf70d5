import { Screen } from "../shell/Screen"
import { t } from "../text"

export default function Library() {
  return <Screen title={t.library}>{null}</Screen>
}
