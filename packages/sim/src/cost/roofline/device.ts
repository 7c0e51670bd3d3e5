/** In what numbers a device computes. Matrix units where it has them. */
export type Precision = 'bf16' | 'fp32';

/** What limits a device, by its vendor's figures. */
export interface Device {
  readonly name: string;
  /** Peak of dense matrix products (no structured sparsity), in FLOP/s; `fp32` is that of the ordinary units. */
  readonly flops: Readonly<Record<Precision, number>>;
  /** Peak of the device's memory, in bytes per second. */
  readonly bandwidth: number;
  /** Where the figures are published. */
  readonly source: string;
}

/** Names of the devices in {@link devices}. */
export type DeviceName = 'a100-80gb' | 'a800-80gb' | 'h100' | 'h200' | 'rtx-4090' | 'l4';

const ampere = { flops: { bf16: 312e12, fp32: 19.5e12 }, bandwidth: 2.039e12 };
const hopper = { bf16: 989.4e12, fp32: 66.9e12 };

/**
 * Devices for {@link rooflineCosts}. Vendors print tensor-core figures of Hopper and Ada data-centre cards with structured
 * sparsity, which doubles them; these are without it.
 */
export const devices: Readonly<Record<DeviceName, Device>> = {
  'a100-80gb': {
    name: 'NVIDIA A100 80GB SXM',
    ...ampere,
    source: 'NVIDIA A100 Tensor Core GPU data sheet (A100 80GB SXM)',
  },
  'a800-80gb': {
    name: 'NVIDIA A800 80GB SXM',
    ...ampere,
    source: 'as the A100 80GB: the A800 differs from it in NVLink (400 instead of 600 GB/s)',
  },
  h100: {
    name: 'NVIDIA H100 SXM',
    flops: hopper,
    bandwidth: 3.35e12,
    source: 'NVIDIA H100 Tensor Core GPU data sheet and Hopper architecture white paper (H100 SXM5)',
  },
  h200: {
    name: 'NVIDIA H200 SXM',
    flops: hopper,
    bandwidth: 4.8e12,
    source: 'NVIDIA H200 Tensor Core GPU data sheet (H200 SXM)',
  },
  'rtx-4090': {
    name: 'NVIDIA GeForce RTX 4090',
    flops: { bf16: 165.2e12, fp32: 82.6e12 },
    bandwidth: 1.008e12,
    source: 'NVIDIA Ada GPU architecture white paper (RTX 4090; BF16 with FP32 accumulate)',
  },
  l4: {
    name: 'NVIDIA L4',
    flops: { bf16: 121e12, fp32: 30.3e12 },
    bandwidth: 0.3e12,
    source: 'NVIDIA L4 Tensor Core GPU data sheet (242 TFLOPS with sparsity)',
  },
};
