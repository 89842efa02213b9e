import axios from 'axios'
import { baseUrl, utgl } from './utgl.ts'

export const client = axios.create({
  adapter: 'fetch',
  env: { fetch: utgl.fetch },
  baseURL: baseUrl,
})
