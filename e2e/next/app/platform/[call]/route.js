export const revalidate = 3600
export const fetchCache = 'default-cache'

/** The same kind of call by the platform's own `fetch`: it shows that the cache is there. */
export async function GET() {
  const response = await fetch(`${process.env.PLATFORM_URL}/token`, { method: 'POST', body: 'constant' })
  return new Response(await response.text())
}
