/** Where an answer comes from, and where its caller finds it. */
export interface Move {
  /** The provider's origin. */
  origin: string
  /** The target of the request at the provider. */
  target: string
  /** What stands before it at the proxy. */
  prefix: string
}

/**
 * Headers of an answer that name places at the provider, made to name them at the proxy: `Location` and
 * `Content-Location` of the provider's origin, and the paths of cookies, which would go to other mounts
 * otherwise. Names and values in turn.
 */
export function rehome(flat: readonly string[], move: Move): string[] {
  return flat.map((text, index) => {
    const name = index % 2 === 0 ? undefined : flat[index - 1]?.toLowerCase()
    if (name === 'location' || name === 'content-location') return toLocation(text, move)
    return name === 'set-cookie' ? toCookie(text, move) : text
  })
}

function toLocation(text: string, { origin, target, prefix }: Move): string {
  const from = `${origin}${target}`
  const url = URL.canParse(text, from) ? new URL(text, from) : undefined
  if (url?.origin !== origin) return text
  const path = `${prefix}${url.pathname}${url.search}${url.hash}`
  // Two slashes at the beginning name a host.
  return path.startsWith('//') ? text : path
}

/** `Domain` goes, since no jar takes the provider's from the proxy; `Path` gets the prefix. */
function toCookie(text: string, { target, prefix }: Move): string {
  const [pair = '', ...attributes] = text.split(';').map((part) => part.trim())
  const isPath = (attribute: string) => /^path\s*=/i.test(attribute)
  const [, given = ''] = attributes.findLast(isPath)?.split(/=(.*)/s) ?? []
  const others = attributes.filter((attribute) => !isPath(attribute) && !/^domain\s*=/i.test(attribute))
  const path = given.trim().startsWith('/') ? given.trim() : defaultPath(target)
  return [pair, ...others, `Path=${path === '/' && prefix !== '' ? prefix : `${prefix}${path}`}`].join('; ')
}

/** The path of a cookie that names none. RFC 6265, section 5.1.4. */
function defaultPath(target: string): string {
  const [path = '/'] = target.split('?')
  return path.slice(0, Math.max(path.lastIndexOf('/'), 1))
}
