# A guest of 32 bits that starts at once: says READY on its first serial port, gives back every byte that it reads
# there, and turns itself off at the power button. QEMU starts it by the note that Xen's PVH guests have.
    .section .note.Xen, "a", @note
    .align 4
    .long 4, 4, 18
    .asciz "Xen"
    .long _start

    .text
    .globl _start
_start:
    cli
    # The power button sets bit 8 of the ACPI status, if it is let.
    mov $0x602, %dx
    mov $0x100, %ax
    out %ax, %dx
    mov $ready, %esi
say:
    lodsb
    test %al, %al
    jz idle
    call put
    jmp say

idle:
    mov $0x600, %dx
    in %dx, %ax
    test $0x100, %ax
    jnz off
    mov $0x3fd, %dx
    in %dx, %al
    test $1, %al
    jz idle
    mov $0x3f8, %dx
    in %dx, %al
    call put
    jmp idle

put:
    mov %al, %bl
    mov $0x3fd, %dx
wait:
    in %dx, %al
    test $0x20, %al
    jz wait
    mov $0x3f8, %dx
    mov %bl, %al
    out %al, %dx
    ret

off:
    mov $0x604, %dx
    mov $0x2000, %ax
    out %ax, %dx
    hlt
    jmp off

ready:
    .asciz "READY\n"
    .section .note.GNU-stack, "", @progbits
