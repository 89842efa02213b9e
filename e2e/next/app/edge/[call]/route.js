import { askForTokens } from '../../ask.js'

export const runtime = 'edge'
// What is fetched may be cached for an hour, in Next.js 14 by default.
export const revalidate = 3600
export const fetchCache = 'default-cache'

export const GET = () => askForTokens()
