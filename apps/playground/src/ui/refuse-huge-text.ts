/** Refuses text that would hold up the page, pasted or dropped, and says so beside the field. */
export function refuseHugeText(event: InputEvent): void {
  const { target: field, data } = event
  if (!(field instanceof HTMLTextAreaElement || field instanceof HTMLInputElement)) return
  // No key, token or request is as long; a browser takes minutes to lay out megabytes.
  const most = field instanceof HTMLInputElement ? 20_000 : 200_000
  const isHuge = data !== null && field.value.length + data.length > most
  field.setCustomValidity(isHuge ? `This takes ${most.toLocaleString('en')} characters at most.` : '')
  if (!isHuge) return
  event.preventDefault()
  field.reportValidity()
}
