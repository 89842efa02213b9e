import { utgl } from '../../utgl.ts'

export async function GET(): Promise<Response> {
  return Response.json(await utgl.api.get('accounts').json())
}
