/**
 * Lets messages in: a worker that only awaits promises which settle at once never sees that it was asked to stop.
 *
 * @throws the reason of the signal, when it has fired
 */
export async function breathe(signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.addEventListener('message', () => {
      port1.close();
      resolve();
    });
    port1.start();
    port2.postMessage(null);
  });
  signal.throwIfAborted();
}
