import { baseUrl, utgl } from './utgl.ts'

/** What the code that orval generates calls: its `override.mutator`. */
export async function orvalFetch<Answer>(
  path: string,
  options: RequestInit,
): Promise<Answer> {
  const response = await utgl.fetch(baseUrl + path, options)
  const { status, headers } = response
  return { status, headers, data: await response.json() } as Answer
}
