package io.shoestring.consensus.ratis;

class RatisOfThreeTest extends RatisConformance {
    RatisOfThreeTest() {
        super(3);
    }
}
