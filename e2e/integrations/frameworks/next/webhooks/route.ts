import { receiveWebhook } from '../../utgl.ts'

export async function POST(request: Request): Promise<Response> {
  const status = await receiveWebhook(
    request.headers.get('x-access-signature'),
    await request.text(),
  )
  return new Response(null, { status })
}
