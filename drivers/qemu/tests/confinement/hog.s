# A guest of 32 bits that writes into each page of 200 MiB of its memory, and then does it again for ever.
    .section .note.Xen, "a", @note
    .align 4
    .long 4, 4, 18
    .asciz "Xen"
    .long _start

    .text
    .globl _start
_start:
    cli
again:
    mov $0x400000, %edi
page:
    incl (%edi)
    add $0x1000, %edi
    cmp $0xcc00000, %edi
    jb page
    jmp again
    .section .note.GNU-stack, "", @progbits
