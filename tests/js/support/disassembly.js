// What V8 prints with --print-wasm-code, shortened: most instructions that are like their neighbours, and most rows of the tables below the
// code, are left out.

/** Of Node 20: sums of 15 terms, whose coefficients do not all fit into registers, in a loop. */
export const polynomialOfNode20 = `--- WebAssembly code ---
name: void polynomial<15>(float const*, float*, int)
index: 1
kind: wasm function
compiler: TurboFan
Body (size = 768 = 712 + 56 padding)
Instructions (size = 696)
0x1fe49c069700     0  55                   push rbp
0x1fe49c069701     1  4889e5               REX.W movq rbp,rsp
0x1fe49c069704     4  6a08                 push 0x8
0x1fe49c069706     6  56                   push rsi
0x1fe49c069707     7  4881ec18010000       REX.W subq rsp,0x118
0x1fe49c06970e     e  488b5e3f             REX.W movq rbx,[rsi+0x3f]
0x1fe49c069712    12  85c9                 testl rcx,rcx
0x1fe49c069714    14  0f8e4f010000         jle 0x1fe49c069869  <+0x169>
0x1fe49c06971a    1a  488b764f             REX.W movq rsi,[rsi+0x4f]
0x1fe49c06971e    1e  8bc0                 movl rax,rax
0x1fe49c069720    20  c5fa6f8403e0000000   vmovdqu xmm0,[rbx+rax*1+0xe0]
0x1fe49c069789    89  c57a6f3403           vmovdqu xmm14,[rbx+rax*1]
0x1fe49c06978e    8e  c5f81145d0           vmovups [rbp-0x30],xmm0
0x1fe49c06979d    9d  33c0                 xorl rax,rax
0x1fe49c06979f    9f  e923000000           jmp 0x1fe49c0697c7  <+0xc7>
0x1fe49c0697bf    bf  90                   nop
0x1fe49c0697c0    c0  8bc7                 movl rax,rdi
0x1fe49c0697c2    c2  c5f81055b0           vmovups xmm2,[rbp-0x50]
0x1fe49c0697c7    c7  483b26               REX.W cmpq rsp,[rsi]
0x1fe49c0697ca    ca  0f869e000000         jna 0x1fe49c06986e  <+0x16e>
0x1fe49c0697d0    d0  8d7804               leal rdi,[rax+0x4]
0x1fe49c0697d3    d3  8d0482               leal rax,[rdx+rax*4]
0x1fe49c0697d6    d6  c5fa6f0403           vmovdqu xmm0,[rbx+rax*1]
0x1fe49c0697db    db  c4c17859ce           vmulps xmm1,xmm0,xmm14
0x1fe49c0697e0    e0  c4c17058cd           vaddps xmm1,xmm1,xmm13
0x1fe49c0697e5    e5  c5f859c9             vmulps xmm1,xmm0,xmm1
0x1fe49c0697e9    e9  c4c17058cc           vaddps xmm1,xmm1,xmm12
0x1fe49c06983e   13e  c5f058ca             vaddps xmm1,xmm1,xmm2
0x1fe49c069842   142  c5f859c9             vmulps xmm1,xmm0,xmm1
0x1fe49c069846   146  c5f81055c0           vmovups xmm2,[rbp-0x40]
0x1fe49c06984b   14b  c5f058ca             vaddps xmm1,xmm1,xmm2
0x1fe49c06984f   14f  c5f859c1             vmulps xmm0,xmm0,xmm1
0x1fe49c069853   153  c5f8104dd0           vmovups xmm1,[rbp-0x30]
0x1fe49c069858   158  c5f858c1             vaddps xmm0,xmm0,xmm1
0x1fe49c06985c   15c  c5fa7f0403           vmovdqu [rbx+rax*1],xmm0
0x1fe49c069861   161  3bf9                 cmpl rdi,rcx
0x1fe49c069863   163  0f8c57ffffff         jl 0x1fe49c0697c0  <+0xc0>
0x1fe49c069869   169  488be5               REX.W movq rsp,rbp
0x1fe49c06986c   16c  5d                   pop rbp
0x1fe49c06986d   16d  c3                   retl
0x1fe49c06986e   16e  48894de8             REX.W movq [rbp-0x18],rcx
0x1fe49c069872   172  48895de0             REX.W movq [rbp-0x20],rbx
0x1fe49c069876   176  c5f8115da0           vmovups [rbp-0x60],xmm3
0x1fe49c0698db   1db  4889b5d8feffff       REX.W movq [rbp-0x128],rsi
0x1fe49c0698e2   1e2  e8e9f9ffff           call 0x1fe49c0692d0  (jump table)
0x1fe49c0698e7   1e7  8b4de8               movl rcx,[rbp-0x18]
0x1fe49c0698ea   1ea  488b5de0             REX.W movq rbx,[rbp-0x20]
0x1fe49c0698ee   1ee  c5f81055b0           vmovups xmm2,[rbp-0x50]
0x1fe49c069956   256  488bb5d8feffff       REX.W movq rsi,[rbp-0x128]
0x1fe49c06995d   25d  e96efeffff           jmp 0x1fe49c0697d0  <+0xd0>
0x1fe49c069962   262  e8e9f6ffff           call 0x1fe49c069050  (jump table)
0x1fe49c0699b7   2b7  90                   nop

Protected instructions:
 pc offset  land pad
       15c       262
        d6       267

Source positions:
 pc offset  position
        20        14
        29        23

Safepoints (entries = 1, byte size = 15)
0x1fe49c0698e7    1e7  slots (sp->fp): 0000000000000000000000000000000000000000

RelocInfo (size = 22)
0x1fe49c0698e3  wasm stub call  (0x1fe49c0692d0)
0x1fe49c069963  wasm stub call  (0x1fe49c069050)

--- End code ---
`;

/** Of Node 20: a switch with five cases, in a loop. */
export const switchOfNode20 = `--- WebAssembly code ---
name: pick
index: 2
kind: wasm function
compiler: TurboFan
Body (size = 512 = 468 + 44 padding)
Instructions (size = 456)
0x1fe49c069a00     0  55                   push rbp
0x1fe49c069a01     1  4889e5               REX.W movq rbp,rsp
0x1fe49c069a04     4  6a08                 push 0x8
0x1fe49c069a06     6  56                   push rsi
0x1fe49c069a07     7  4883ec30             REX.W subq rsp,0x30
0x1fe49c069a0b     b  488b5e3f             REX.W movq rbx,[rsi+0x3f]
0x1fe49c069a0f     f  85c9                 testl rcx,rcx
0x1fe49c069a11    11  0f8e03010000         jle 0x1fe49c069b1a  <+0x11a>
0x1fe49c069a17    17  488b764f             REX.W movq rsi,[rsi+0x4f]
0x1fe49c069a1b    1b  33ff                 xorl rdi,rdi
0x1fe49c069a38    38  0f1f840000000000     nop
0x1fe49c069a40    40  483b26               REX.W cmpq rsp,[rsi]
0x1fe49c069a43    43  0f86dd000000         jna 0x1fe49c069b26  <+0x126>
0x1fe49c069a49    49  448d04ba             leal r8,[rdx+rdi*4]
0x1fe49c069a4d    4d  448d0c38             leal r9,[rax+rdi*1]
0x1fe49c069a51    51  4183f905             cmpl r9,0x5
0x1fe49c069a55    55  0f8315000000         jnc 0x1fe49c069a70  <+0x70>
0x1fe49c069a5b    5b  4c8d153e010000       REX.W leaq r10,[rip+0x13e]
0x1fe49c069a62    62  43ff24ca             jmp [r10+r9*8]
0x1fe49c069a70    70  42c7040300000000     movl [rbx+r8*1],0x0
0x1fe49c069a78    78  e992000000           jmp 0x1fe49c069b0f  <+0x10f>
0x1fe49c069a80    80  42c704030000803f     movl [rbx+r8*1],0x3f800000
0x1fe49c069a88    88  e982000000           jmp 0x1fe49c069b0f  <+0x10f>
0x1fe49c069a90    90  c4a17a10440304       vmovss xmm0,[rbx+r8*1+0x4]
0x1fe49c069a97    97  c4a17a110403         vmovss [rbx+r8*1],xmm0
0x1fe49c069a9d    9d  e96d000000           jmp 0x1fe49c069b0f  <+0x10f>
0x1fe49c069ab0    b0  c4a17a10440308       vmovss xmm0,[rbx+r8*1+0x8]
0x1fe49c069ac7    c7  e943000000           jmp 0x1fe49c069b0f  <+0x10f>
0x1fe49c069ad0    d0  c4a17a100403         vmovss xmm0,[rbx+r8*1]
0x1fe49c069aeb    eb  e91f000000           jmp 0x1fe49c069b0f  <+0x10f>
0x1fe49c069af0    f0  448d0cfa             leal r9,[rdx+rdi*8]
0x1fe49c069b09   109  c4a17a110403         vmovss [rbx+r8*1],xmm0
0x1fe49c069b0f   10f  83c701               addl rdi,0x1
0x1fe49c069b12   112  3bcf                 cmpl rcx,rdi
0x1fe49c069b14   114  0f8526ffffff         jnz 0x1fe49c069a40  <+0x40>
0x1fe49c069b1a   11a  8bc2                 movl rax,rdx
0x1fe49c069b1c   11c  c5fa100c03           vmovss xmm1,[rbx+rax*1]
0x1fe49c069b21   121  488be5               REX.W movq rsp,rbp
0x1fe49c069b24   124  5d                   pop rbp
0x1fe49c069b25   125  c3                   retl
0x1fe49c069b26   126  48895de8             REX.W movq [rbp-0x18],rbx
0x1fe49c069b3e   13e  e88df7ffff           call 0x1fe49c0692d0  (jump table)
0x1fe49c069b43   143  488b5de8             REX.W movq rbx,[rbp-0x18]
0x1fe49c069b57   157  e9edfeffff           jmp 0x1fe49c069a49  <+0x49>
0x1fe49c069b5c   15c  e8eff4ffff           call 0x1fe49c069050  (jump table)
0x1fe49c069b98   198  90                   nop
0x1fe49c069b99   199  0f1f8000000000       nop
0x1fe49c069ba0   1a0  1fe49c069a80       jump table entry  128
0x1fe49c069ba8   1a8  1fe49c069a90       jump table entry  144
0x1fe49c069bb0   1b0  1fe49c069ab0       jump table entry  176
0x1fe49c069bb8   1b8  1fe49c069ad0       jump table entry  208
0x1fe49c069bc0   1c0  1fe49c069af0       jump table entry  240

Protected instructions:
 pc offset  land pad
       11c       15c
       109       161

Source positions:
 pc offset  position
        70       176
        80        54

Safepoints (entries = 1, byte size = 12)
0x1fe49c069b43    143  slots (sp->fp): 0000000000000000

RelocInfo (size = 25)
0x1fe49c069b3f  wasm stub call  (0x1fe49c0692d0)
0x1fe49c069b5d  wasm stub call  (0x1fe49c069050)

--- End code ---
`;

/** Of Node 24: the same as polynomialOfNode20. The loop is unrolled, and the function's exit stands before it. */
export const polynomialOfNode24 = `--- WebAssembly code ---
name: void polynomial<15>(float const*, float*, int)
index: 1
kind: wasm function
compiler: TurboFan
Body (size = 1088 = 1068 + 20 padding)
Instructions (size = 1048)
0x2aab155fb840     0  55                   push rbp
0x2aab155fb841     1  4889e5               REX.W movq rbp,rsp
0x2aab155fb844     4  6a08                 push 0x8
0x2aab155fb846     6  56                   push rsi
0x2aab155fb847     7  4881ec10010000       REX.W subq rsp,0x110
0x2aab155fb84e     e  488b5e1f             REX.W movq rbx,[rsi+0x1f]
0x2aab155fb852    12  85c9                 testl rcx,rcx
0x2aab155fb854    14  0f8f05000000         jg 0x2aab155fb85f  <+0x1f>
0x2aab155fb85a    1a  488be5               REX.W movq rsp,rbp
0x2aab155fb85d    1d  5d                   pop rbp
0x2aab155fb85e    1e  c3                   retl
0x2aab155fb85f    1f  8bc0                 movl rax,rax
0x2aab155fb861    21  c5fa6f8403e0000000   vmovdqu xmm0,[rbx+rax*1+0xe0]
0x2aab155fb8ca    8a  c57a6f3403           vmovdqu xmm14,[rbx+rax*1]
0x2aab155fb8cf    8f  c5f81145c0           vmovups [rbp-0x40],xmm0
0x2aab155fb8f0    b0  33c0                 xorl rax,rax
0x2aab155fb8f2    b2  e91d000000           jmp 0x2aab155fb914  <+0xd4>
0x2aab155fb8f7    b7  660f1f840000000000   nop
0x2aab155fb900    c0  c5f928d3             vmovapd xmm2,xmm3
0x2aab155fb904    c4  c5f928dc             vmovapd xmm3,xmm4
0x2aab155fb908    c8  c5f928e5             vmovapd xmm4,xmm5
0x2aab155fb90c    cc  c5f810ad70ffffff     vmovups xmm5,[rbp-0x90]
0x2aab155fb914    d4  8d3482               leal rsi,[rdx+rax*4]
0x2aab155fb917    d7  c5fa6f0433           vmovdqu xmm0,[rbx+rsi*1]
0x2aab155fb91c    dc  c4c17859ce           vmulps xmm1,xmm0,xmm14
0x2aab155fb921    e1  c4c17058cd           vaddps xmm1,xmm1,xmm13
0x2aab155fb926    e6  c5f859c9             vmulps xmm1,xmm0,xmm1
0x2aab155fb983   143  c5f859c9             vmulps xmm1,xmm0,xmm1
0x2aab155fb987   147  c5f81055b0           vmovups xmm2,[rbp-0x50]
0x2aab155fb98c   14c  c5f058ca             vaddps xmm1,xmm1,xmm2
0x2aab155fb990   150  c5f859c1             vmulps xmm0,xmm0,xmm1
0x2aab155fb994   154  c5f8104dc0           vmovups xmm1,[rbp-0x40]
0x2aab155fb999   159  c5f858c1             vaddps xmm0,xmm0,xmm1
0x2aab155fb99d   15d  c5fa7f0433           vmovdqu [rbx+rsi*1],xmm0
0x2aab155fb9a2   162  83c004               addl rax,0x4
0x2aab155fb9a5   165  3bc1                 cmpl rax,rcx
0x2aab155fb9a7   167  0f8dadfeffff         jge 0x2aab155fb85a  <+0x1a>
0x2aab155fba3b   1fb  83c004               addl rax,0x4
0x2aab155fba3e   1fe  3bc1                 cmpl rax,rcx
0x2aab155fba40   200  0f8d14feffff         jge 0x2aab155fb85a  <+0x1a>
0x2aab155fbad7   297  3bc1                 cmpl rax,rcx
0x2aab155fbad9   299  0f8d7bfdffff         jge 0x2aab155fb85a  <+0x1a>
0x2aab155fbadf   29f  493b65a0             REX.W cmpq rsp,[r13-0x60]
0x2aab155fbae3   2a3  0f869e000000         jna 0x2aab155fbb87  <+0x347>
0x2aab155fbae9   2a9  8d3482               leal rsi,[rdx+rax*4]
0x2aab155fbaec   2ac  c5fa6f0433           vmovdqu xmm0,[rbx+rsi*1]
0x2aab155fbaf1   2b1  c4c17859ce           vmulps xmm1,xmm0,xmm14
0x2aab155fbaf6   2b6  c4c17058cd           vaddps xmm1,xmm1,xmm13
0x2aab155fbafb   2bb  c5f859c9             vmulps xmm1,xmm0,xmm1
0x2aab155fbb65   325  c5f859c1             vmulps xmm0,xmm0,xmm1
0x2aab155fbb69   329  c5f8104dc0           vmovups xmm1,[rbp-0x40]
0x2aab155fbb6e   32e  c5f858c1             vaddps xmm0,xmm0,xmm1
0x2aab155fbb72   332  c5fa7f0433           vmovdqu [rbx+rsi*1],xmm0
0x2aab155fbb77   337  83c004               addl rax,0x4
0x2aab155fbb7a   33a  3bc1                 cmpl rax,rcx
0x2aab155fbb7c   33c  0f8c7efdffff         jl 0x2aab155fb900  <+0xc0>
0x2aab155fbb82   342  e9d3fcffff           jmp 0x2aab155fb85a  <+0x1a>
0x2aab155fbb87   347  48894de8             REX.W movq [rbp-0x18],rcx
0x2aab155fbbdf   39f  e82cf7ffff           call 0x2aab155fb310  (jump table)
0x2aab155fbbe4   3a4  8b4de8               movl rcx,[rbp-0x18]
0x2aab155fbc50   410  e994feffff           jmp 0x2aab155fbae9  <+0x2a9>
0x2aab155fbc55   415  90                   nop
0x2aab155fbc56   416  6690                 nop

Protected instructions:
 pc offset
        21
        2a

Source positions:
 pc offset  position
        21        14
        2a        23

Safepoints (stack slots = 38, entries = 1, byte size = 19)
0x2aab155fbbe4    3a4  slots (sp->fp): 00000000000000000000000000000000000000

RelocInfo (size = 3)
0x2aab155fbbe0  wasm stub call  (0x2aab155fb310)

--- End code ---
`;
