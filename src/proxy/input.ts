/** What `custody proxy` is asked for; everything else stands in the configuration. */
export interface ProxyInput {
  /** The configuration, absolute. */
  readonly config: string;
}
