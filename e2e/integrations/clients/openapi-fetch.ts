import createClient from 'openapi-fetch'
import type { paths } from '../generated/openapi-fetch.ts'
import { baseUrl, utgl } from './utgl.ts'

export const client = createClient<paths>({ baseUrl, fetch: utgl.fetch })
