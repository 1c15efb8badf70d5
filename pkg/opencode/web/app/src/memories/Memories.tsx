import { Screen } from "../shell/Screen"
import { t } from "../text"

export default function Memories() {
  return <Screen title={t.memories}>{null}</Screen>
}
