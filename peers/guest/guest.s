# A guest of 32 bits that starts at once: says READY on its first serial port, gives memory back to the host when its balloon asks
# for it, and turns itself off at the power button. It gives back every byte that it reads, but for `!` and the one behind it, which
# makes it do what the table at the end says. QEMU starts it by the note that Xen's PVH guests have. Ports and numbers are those of
# QEMU's machines pc and q35, after their firmware.
    .section .note.Xen, "a", @note
    .align 4
    .long 4, 4, 18
    .asciz "Xen"
    .long _start

    .text
    .globl _start
_start:
    cli
    mov $stack, %esp
    # The power button sets bit 8 of the ACPI status, if it is let.
    mov $0x602, %dx
    mov $0x100, %ax
    out %ax, %dx
    # The balloon, if there is one on the first bus: its ports are in %ebp, and 0 stands for none.
    xor %ebp, %ebp
    mov $0x80000000, %edi
look:
    mov %edi, %eax
    call read
    cmp $0x10021af4, %eax
    je balloon
    add $0x800, %edi
    cmp $0x80010000, %edi
    jne look
    jmp begin
balloon:
    lea 0x10(%edi), %eax
    call read
    test $1, %al
    jz begin
    and $0xfffc, %eax
    mov %eax, %ebp
begin:
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
    test %ebp, %ebp
    jz hear
    # What the host asks for, and what it was told of: in pages that the guest does without.
    lea 0x14(%ebp), %edx
    in %dx, %eax
    mov %eax, %ecx
    add $4, %edx
    in %dx, %eax
    cmp %eax, %ecx
    je hear
    mov %ecx, %eax
    out %eax, %dx
hear:
    mov $0x3fd, %dx
    in %dx, %al
    test $1, %al
    jz idle
    mov $0x3f8, %dx
    in %dx, %al
    cmpb $'!', before
    mov %al, before
    je command
    cmp $'!', %al
    je idle
    call put
    jmp idle
command:
    movb $0, before
    mov $table, %esi
find:
    mov (%esi), %bl
    test %bl, %bl
    jz idle
    cmp %al, %bl
    je found
    add $8, %esi
    jmp find
found:
    call *4(%esi)
    jmp idle

# What stands at an address of PCI's configuration.
read:
    mov $0xcf8, %dx
    out %eax, %dx
    mov $0xcfc, %dx
    in %dx, %eax
    ret

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

# Sleep, by the number of its state in bits 10 to 12 of the ACPI control, and bit 13 to go there.
off:
    mov $0x2000, %ax
    jmp sleep
sleep_in_memory:
    mov $0x2400, %ax
    jmp sleep
sleep_on_disk:
    mov $0x2800, %ax
sleep:
    mov $0x604, %dx
    out %ax, %dx
    ret

reset_by_keyboard:
    mov $0xfe, %al
    out %al, $0x64
    ret
reset_by_chipset:
    mov $0xcf9, %dx
    mov $0x02, %al
    out %al, %dx
    mov $0x06, %al
    out %al, %dx
    ret
triple_fault:
    lidt nothing
    int3

panic:
    mov $1, %al
    jmp panicked
crash_loaded:
    mov $2, %al
panicked:
    mov $0x505, %dx
    out %al, %dx
    ret

# The clock stands still while it is set, to the first hour of the day.
set_clock:
    mov $0x0b, %al
    out %al, $0x70
    in $0x71, %al
    mov %al, %bl
    or $0x80, %al
    out %al, $0x71
    mov $0x04, %al
    out %al, $0x70
    mov $0x01, %al
    out %al, $0x71
    mov $0x0b, %al
    out %al, $0x70
    mov %bl, %al
    out %al, $0x71
    ret

# An ib700 that is not fed again for two seconds.
start_watchdog:
    mov $0x443, %dx
    mov $0x0e, %al
    out %al, %dx
    ret

# One sector to the first IDE disk, whatever becomes of it.
write_disk:
    mov $0x1f6, %dx
    mov $0xe0, %al
    out %al, %dx
    mov $0x1f2, %dx
    mov $1, %al
    out %al, %dx
    xor %al, %al
    mov $0x1f3, %dx
    out %al, %dx
    mov $0x1f4, %dx
    out %al, %dx
    mov $0x1f5, %dx
    out %al, %dx
    mov $0x1f7, %dx
    mov $0x30, %al
    out %al, %dx
wait_disk:
    in %dx, %al
    test $0x08, %al
    jz wait_disk
    mov $0x1f0, %dx
    mov $ready, %esi
    mov $256, %ecx
    rep outsw
    ret

# The tray of the CD-ROM drive that is first on the second IDE channel: a packet of 12 bytes.
open_tray:
    movb $2, tray
    jmp move_tray
close_tray:
    movb $3, tray
move_tray:
    mov $0x176, %dx
    mov $0xa0, %al
    out %al, %dx
    mov $0x174, %dx
    xor %al, %al
    out %al, %dx
    mov $0x175, %dx
    out %al, %dx
    mov $0x177, %dx
    mov $0xa0, %al
    out %al, %dx
wait_drive:
    in %dx, %al
    test $0x08, %al
    jz wait_drive
    mov $0x170, %dx
    mov $packet, %esi
    mov $6, %ecx
    rep outsw
    ret

    .align 8
table:
    .macro does byte, what
    .byte \byte, 0, 0, 0
    .long \what
    .endm
    does 'q', off
    does 's', sleep_in_memory
    does 'S', sleep_on_disk
    does 'r', reset_by_keyboard
    does 'f', reset_by_chipset
    does 't', triple_fault
    does 'x', panic
    does 'c', crash_loaded
    does 'R', set_clock
    does 'w', start_watchdog
    does 'h', write_disk
    does 'e', open_tray
    does 'l', close_tray
    .long 0, 0

# The byte that was read before this one.
before:
    .byte 0
    .align 4
nothing:
    .word 0
    .long 0
packet:
    .byte 0x1b, 0, 0, 0
tray:
    .byte 2, 0, 0, 0, 0, 0, 0, 0
ready:
    .asciz "READY\n"
    .space 512
    .align 16
    .space 1024
stack:
    .section .note.GNU-stack, "", @progbits
