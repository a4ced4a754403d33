# A guest of 32 bits that starts at once: says READY on its first serial port, gives back every byte that it reads
# there, gives memory back to the host when its balloon asks for it, and turns itself off at the power button. QEMU starts
# it by the note that Xen's PVH guests have.
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
    # The balloon, if there is one on the first bus: its ports are in %ebp, and 0 stands for none.
    xor %ebp, %ebp
    mov $0x80000000, %edi
look:
    mov %edi, %eax
    call read
    cmp $0x10021af4, %eax
    je found
    add $0x800, %edi
    cmp $0x80010000, %edi
    jne look
    jmp begin
found:
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
    call put
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

off:
    mov $0x604, %dx
    mov $0x2000, %ax
    out %ax, %dx
    hlt
    jmp off

ready:
    .asciz "READY\n"
    .section .note.GNU-stack, "", @progbits
