#include <cstdio>

void forwardAndGradients();
void layer();

int main() {
  forwardAndGradients();
  layer();
  std::puts("consumer: forward, gradients and layer are right");
}
