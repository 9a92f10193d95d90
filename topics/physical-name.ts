/** The name of a topic on the broker: its id after the prefix of the installation (`''`: none). */
export function physicalName(topicId: string, topicPrefix: string): string {
  return topicPrefix + topicId
}
