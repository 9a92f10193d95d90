import { type ContainerRuntimeClient, getContainerRuntimeClient, ImageName } from 'testcontainers'

const inOneLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replace(/\s+/g, ' ').trim()

/**
 * Why containers of these images cannot run here, if so: no engine answers, or an image is neither here nor to be had. Missing
 * images are pulled.
 */
export async function reasonNotToRun(images: readonly string[]): Promise<string | undefined> {
  let client: ContainerRuntimeClient
  try {
    client = await getContainerRuntimeClient()
  } catch (error) {
    return `no container engine answers (${inOneLine(error)})`
  }
  for (const image of images) {
    const name = ImageName.fromString(image)
    try {
      if (!(await client.image.exists(name))) await client.image.pull(name)
    } catch (error) {
      return `the image ${image} is not here and cannot be pulled (${inOneLine(error)})`
    }
    if (!(await client.image.exists(name))) return `the image ${image} is not here and cannot be pulled`
  }
  return undefined
}
