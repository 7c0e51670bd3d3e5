;; Sums of a relative L1 over float32 data, accumulated in float64, four elements at a time.
;;
;; Memory: four accumulators, then two staging areas that the caller fills before each call.
;;         0 …     64   f64x2 each: |current − reference| of lanes 0–1 and 2–3, |reference| of lanes 0–1 and 2–3
;;        64 …  65600   current, float32
;;     65600 … 131136   reference, float32
;; Element i is added to lane i mod 4. The caller clears the accumulators before the first chunk, gives every chunk
;; but the last a multiple of four elements, and pads the last with zeros: |0 − 0| leaves an accumulator as it was.
(module
  (memory (export "memory") 3)

  ;; Adds the first $bytes bytes (a multiple of 16) of both areas to the accumulators.
  (func (export "accumulate") (param $bytes i32)
    (local $at i32) (local $magnitude v128) (local $low v128) (local $high v128)
    (local $difference_low v128) (local $difference_high v128)
    (local $reference_low v128) (local $reference_high v128)
    ;; Clearing the sign with a mask in a register was measured faster than f64x2.abs, which rebuilds the mask.
    (local.set $magnitude (v128.const i64x2 0x7fffffffffffffff 0x7fffffffffffffff))
    (local.set $difference_low (v128.load offset=0 (i32.const 0)))
    (local.set $difference_high (v128.load offset=16 (i32.const 0)))
    (local.set $reference_low (v128.load offset=32 (i32.const 0)))
    (local.set $reference_high (v128.load offset=48 (i32.const 0)))
    (block $done
      (br_if $done (i32.eqz (local.get $bytes)))
      (loop $next
        ;; Promoted before the subtraction: in float32 the difference itself would be rounded.
        (local.set $low (f64x2.promote_low_f32x4 (v128.load64_zero offset=65600 (local.get $at))))
        (local.set $high (f64x2.promote_low_f32x4 (v128.load64_zero offset=65608 (local.get $at))))
        (local.set $difference_low (f64x2.add (local.get $difference_low)
          (v128.and (local.get $magnitude) (f64x2.sub
            (f64x2.promote_low_f32x4 (v128.load64_zero offset=64 (local.get $at))) (local.get $low)))))
        (local.set $difference_high (f64x2.add (local.get $difference_high)
          (v128.and (local.get $magnitude) (f64x2.sub
            (f64x2.promote_low_f32x4 (v128.load64_zero offset=72 (local.get $at))) (local.get $high)))))
        (local.set $reference_low (f64x2.add (local.get $reference_low)
          (v128.and (local.get $magnitude) (local.get $low))))
        (local.set $reference_high (f64x2.add (local.get $reference_high)
          (v128.and (local.get $magnitude) (local.get $high))))
        (local.set $at (i32.add (local.get $at) (i32.const 16)))
        (br_if $next (i32.lt_u (local.get $at) (local.get $bytes)))))
    (v128.store offset=0 (i32.const 0) (local.get $difference_low))
    (v128.store offset=16 (i32.const 0) (local.get $difference_high))
    (v128.store offset=32 (i32.const 0) (local.get $reference_low))
    (v128.store offset=48 (i32.const 0) (local.get $reference_high)))

  ;; 1 if the first $bytes bytes (a multiple of 16) of the first area are finite: only then has x − x no bit set.
  (func (export "finite") (param $bytes i32) (result i32)
    (local $at i32) (local $x v128) (local $bits v128)
    (block $done
      (br_if $done (i32.eqz (local.get $bytes)))
      (loop $next
        (local.set $x (v128.load offset=64 (local.get $at)))
        (local.set $bits (v128.or (local.get $bits) (f32x4.sub (local.get $x) (local.get $x))))
        (local.set $at (i32.add (local.get $at) (i32.const 16)))
        (br_if $next (i32.lt_u (local.get $at) (local.get $bytes)))))
    (i32.eqz (v128.any_true (local.get $bits)))))
