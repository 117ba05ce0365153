package io.shoestring.consensus.ratis;

class RatisOfOneTest extends RatisConformance {
    RatisOfOneTest() {
        super(1);
    }
}
