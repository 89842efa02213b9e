/** Explains what is pasted. */
export function Explain() {
  return <p className="part">Paste a token.</p>
}
