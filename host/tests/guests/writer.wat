;; An actor that writes to its memory what it is told: its events are lists of commands of 24 bytes, each a number, an
;; address, a length or an address, nothing, and a value of 8 bytes. What is below its stack pointer means nothing
;; between two turns.
(module
  (import "coyote:actor/turn@0.1.0" "now" (func $now (param i32)))
  (import "coyote:actor/turn@0.1.0" "label" (func $label (param i32)))
  (memory (export "memory") MEMORY)
  (global $__stack_pointer (mut i32) (i32.const 5008))
  ;; The record `description`: an actor that lists one kind, which it handles.
  (data (i32.const 0x2000)
    "\00\00\00\00\00\00\00\00\00\00\00\00\28\20\00\00\01\00\00\00\00\00\00\00\00\00\00\00\30\20\00\00\01\00\00\00\00\00\00\00"
    "\3c\20\00\00\05\00\00\00"
    "\00\00\00\00\00\00\00\00\00\00\00\00"
    "write")
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 0x3000))
  (func (export "coyote:actor/handler@0.1.0#describe") (result i32) (i32.const 0x2000))
  (func (export "coyote:actor/handler@0.1.0#initialize") (param i32 i32 i32))
  (func (export "coyote:actor/handler@0.1.0#handle-passed") (param i32 i32 i32 i32 i32))
  (func (export "coyote:actor/tasks@0.1.0#resume") (param i32))
  (func (export "coyote:actor/tasks@0.1.0#deliver") (param i32 i32 i32 i32 i32 i32))
  (func (export "coyote:actor/tasks@0.1.0#matches") (param i32 i32 i32 i32 i32) (result i32)
    (i32.const 0))
  (func (export "coyote:actor/render@0.1.0#state") (result i32) (i32.const 64))
  (func (export "coyote:actor/render@0.1.0#event") (param i32 i32 i32 i32 i32) (result i32)
    (i32.const 64))
  (func (export "coyote:actor/handler@0.1.0#handle-event")
    (param $kind i32) (param $encoding i32) (param $command i32) (param $left i32)
    (loop $next
      (if (i32.ge_u (local.get $left) (i32.const 24))
        (then
          (call $write
            (i32.load (local.get $command))
            (i32.load offset=4 (local.get $command))
            (i32.load offset=8 (local.get $command))
            (i64.load offset=16 (local.get $command)))
          (local.set $command (i32.add (local.get $command) (i32.const 24)))
          (local.set $left (i32.sub (local.get $left) (i32.const 24)))
          (br $next)))))
  (func $write (param $command i32) (param $at i32) (param $other i32) (param $value i64)
    (local $word i32) (local $vector v128)
    (local.set $word (i32.wrap_i64 (local.get $value)))
    (local.set $vector (i64x2.splat (local.get $value)))
    (block $b20 (block $b19 (block $b18 (block $b17 (block $b16 (block $b15 (block $b14 (block $b13
    (block $b12 (block $b11 (block $b10 (block $b9 (block $b8 (block $b7 (block $b6
    (block $b5 (block $b4 (block $b3 (block $b2 (block $b1 (block $b0
      (br_table $b0 $b1 $b2 $b3 $b4 $b5 $b6 $b7 $b8 $b9 $b10 $b11 $b12 $b13 $b14 $b15 $b16 $b17
        $b18 $b19 $b20 (local.get $command)))
      (i32.store8 (local.get $at) (local.get $word)) (return))
      (i32.store16 (local.get $at) (local.get $word)) (return))
      (i32.store (local.get $at) (local.get $word)) (return))
      (i64.store8 (local.get $at) (local.get $value)) (return))
      (i64.store16 (local.get $at) (local.get $value)) (return))
      (i64.store32 (local.get $at) (local.get $value)) (return))
      (i64.store (local.get $at) (local.get $value)) (return))
      (f32.store (local.get $at) (f32.reinterpret_i32 (local.get $word))) (return))
      (f64.store (local.get $at) (f64.reinterpret_i64 (local.get $value))) (return))
      (v128.store (local.get $at) (local.get $vector)) (return))
      (v128.store8_lane 3 (local.get $at) (local.get $vector)) (return))
      (v128.store16_lane 3 (local.get $at) (local.get $vector)) (return))
      (v128.store32_lane 3 (local.get $at) (local.get $vector)) (return))
      (v128.store64_lane 1 (local.get $at) (local.get $vector)) (return))
      (i64.store offset=5000 (local.get $at) (local.get $value)) (return))
      (memory.fill (local.get $at) (local.get $word) (local.get $other)) (return))
      (memory.copy (local.get $at) (local.get $other) (local.get $word)) (return))
      (drop (memory.grow (local.get $other))) (return))
      (call $now (local.get $at)) (return))
      (call $label (local.get $at)) (return))
      (i64.store (local.get $at) (i64.add (i64.load (local.get $at)) (local.get $value)))))
