export default function Reader(_: { uri: string; passage?: string; onClose?: () => void }) {
  return null
}
